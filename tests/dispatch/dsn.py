"""Mails that come back, as servers write them."""

from __future__ import annotations

REPORT = """\
From: MAILER-DAEMON@surat.example
To: <{to}>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; surat.example
Arrival-Date: Mon, 23 Nov 2026 08:00:00 +0800

Final-Recipient: rfc822; camat@toari.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <camat@toari.example>:
 Recipient address rejected

--b1
Content-Type: message/rfc822

Subject: Undangan

--b1--
"""

AWAY = """\
From: camat@toari.example
To: <{to}>
Subject: Sedang cuti
Auto-Submitted: auto-replied

Saya kembali hari Senin.
"""


def report(to: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """Return a delivery status notification sent to the return path `to`."""
    return REPORT.format(to=to, action=action, status=status).replace("\n", "\r\n").encode()


def away(to: str) -> bytes:
    """Return the auto-reply of somebody who is on leave."""
    return AWAY.format(to=to).replace("\n", "\r\n").encode()
