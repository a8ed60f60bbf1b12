"""Door for operators: the `flask` commands, one module a group, loaded when one is called."""

from __future__ import annotations

from importlib import import_module

import click
from flask import Flask

from kimweb.commands import example

COMMANDS = {
    "audit": "audit.group",
    "backup": "backup.group",
    "certificate": "certificates.group",
    "mail": "mail.group",
    "office": "office.group",
    "people": "people.group",
    "play": "play.play",
    "sop": "sop.group",
}


class Commands(click.Group):
    """What operators may call; the web server, which has it too, loads none of it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names that `flask --help` lists."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command or group of this name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command


def register(app: Flask) -> None:
    """Give the app its commands, and the login page the accounts of the example office."""
    app.config["EXAMPLE_ACCOUNTS"] = example.ACCOUNTS
    app.cli = Commands()
