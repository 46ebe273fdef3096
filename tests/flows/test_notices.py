"""Notices by Prefect's blocks, e-mail to a mail server of the test's own among them."""

import socketserver
import threading

import pytest

from flows import notices


@pytest.fixture
def mailbox():
    """A mail server that keeps what it is sent, and its port."""
    letters = []

    class Talk(socketserver.StreamRequestHandler):
        def handle(self):
            self.say("220 here")
            for line in self.rfile:
                word = line.split()[0].upper().rstrip(b":")
                if word == b"DATA":
                    self.say("354 go on")
                    letter = []
                    while (text := self.rfile.readline()) != b".\r\n":
                        letter.append(text)
                    letters.append(b"".join(letter).decode())
                self.say("221 bye" if word == b"QUIT" else "250 ok")

        def say(self, text):
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], letters
        server.shutdown()


@pytest.fixture
def team(prefect_server, mailbox):
    """A block by which the team gets mail."""
    port, _ = mailbox
    where = f"mailto://127.0.0.1:{port}?mode=insecure&from=caselab@example.org&to=team@example.org"
    notices.Email(url=where).save("team", overwrite=True)
    return "email/team"


def test_mail_comes_with_what_moved(team, mailbox):
    assert notices.send([team], "caselab: churn has moved", "contract: 20% elsewhere.") == []
    (letter,) = mailbox[1]
    assert "Subject: caselab: churn has moved" in letter
    assert "To: team@example.org" in letter
    assert "contract: 20% elsewhere" in letter.replace("=\r\n", "")


def test_what_hinders_a_notice_is_told_without_its_address_and_hinders_no_other(team, mailbox):
    from prefect.blocks.system import Secret

    away = "mailto://me:secret@127.0.0.1:1?mode=insecure&from=a@example.org&to=b@example.org"
    notices.Email(url=away).save("away", overwrite=True)
    Secret(value="x").save("no-notice", overwrite=True)
    names = ["email/away", "email/nobody", "secret/no-notice", team]
    told = notices.send(names, "caselab", "It moved.")
    assert len(told) == 3
    assert told[0].startswith("The notice by email/away could not be sent")
    assert "Prefect has no block email/nobody" in told[1]
    assert "secret/no-notice of watching.blocks in params.yaml notifies nobody" in told[2]
    assert "me:" not in "".join(told)
    assert len(mailbox[1]) == 1
