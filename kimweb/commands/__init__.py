"""Door for operators: the `flask` commands, one module a group."""

from flask import Flask

from kimweb.commands import example, mail, office, people, play, sop


def register(app: Flask) -> None:
    """Give the app its command groups, and the login page the accounts of the example office."""
    app.config["EXAMPLE_ACCOUNTS"] = example.ACCOUNTS
    for group in (office.group, people.group, sop.group, mail.group, play.play):
        app.cli.add_command(group)
