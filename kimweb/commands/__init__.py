"""Door for operators: the `flask` commands, one module a group."""

from flask import Flask

from kimweb.commands import audit, backup, certificates, example, mail, office, people, play, sop

GROUPS = (
    office.group,
    people.group,
    certificates.group,
    sop.group,
    mail.group,
    backup.group,
    audit.group,
    play.play,
)


def register(app: Flask) -> None:
    """Give the app its command groups, and the login page the accounts of the example office."""
    app.config["EXAMPLE_ACCOUNTS"] = example.ACCOUNTS
    for group in GROUPS:
        app.cli.add_command(group)
