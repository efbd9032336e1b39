"""What becomes of mail to the receiver, by the kind of the token that it is addressed to."""
