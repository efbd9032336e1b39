// Verifies a webhook call as any endpoint written in JavaScript would: { secret, headers, body } on standard input.
import { readFileSync } from "node:fs";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
try {
  const document = new Webhook(secret).verify(body, headers);
  console.log(JSON.stringify({ verified: true, type: document.type, list: document.data.list }));
} catch (error) {
  if (!(error instanceof WebhookVerificationError)) throw error;
  console.log(JSON.stringify({ verified: false, why: error.message }));
}
