"""The road to the server: over TLS or not at all, signed in where that is set, and no secret of it anywhere."""

import ssl
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from portal_core.domain.clauses import Clause
from portal_core.jobs.smtp import NotNow, Smtp, is_about_the_address
from tests.commands.certificate import make_certificate
from tests.fixtures_mail import PostOffice

USER, PASSWORD = "portal", "heron lantern biscuit 41"


@pytest.fixture
def guarded(tmp_path):
    """A server that takes mail over TLS alone, from whoever signs in; and its certificate."""
    make_certificate(tmp_path, "localhost", timedelta(30))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    handler = PostOffice()

    def authenticator(server, session, envelope, mechanism, auth_data):
        right = (auth_data.login, auth_data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    controller = Controller(
        handler, hostname="127.0.0.1", port=handler.port, tls_context=context, require_starttls=True,
        auth_required=True, authenticator=authenticator,
    )  # fmt: skip
    controller.start()
    yield handler, str(tmp_path / "tls.crt")
    controller.stop()


def send(road):
    with road.open() as line:
        line.offer("portal@millbrook.example", "one@family.example")
        line.hand_over(b"Subject: A test\r\n\r\n.a line with a dot\r\n")


@pytest.mark.clause(Clause.SEC_1)
def test_mail_goes_over_tls_to_a_server_that_proves_itself(guarded):
    """And a line that begins with a dot arrives as it was."""
    server, certificate = guarded
    send(Smtp("localhost", server.port, "starttls", USER, PASSWORD, trusted=certificate))
    assert server.taken == [(["one@family.example"], b"Subject: A test\r\n\r\n.a line with a dot\r\n")]


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"trusted": None}, id="a certificate that nobody vouches for"),
        pytest.param({"host": "127.0.0.1"}, id="another name than the certificate's"),
        pytest.param({"password": "wrong"}, id="a wrong password"),
        pytest.param({"user": ""}, id="not signed in"),
        pytest.param({"tls": "none"}, id="without TLS"),
        pytest.param({"tls": "tls"}, id="TLS where the server begins in plain"),
        pytest.param({"port": 1}, id="nobody there"),
    ],
)
def test_a_road_that_is_not_safe_or_not_open_takes_nothing(guarded, changed):
    """It says what kind of fault it is, and never the password."""
    server, certificate = guarded
    given = {"host": "localhost", "port": server.port, "tls": "starttls", "user": USER, "password": PASSWORD}
    road = Smtp(**(given | {"trusted": certificate} | changed))
    with pytest.raises(NotNow) as refused:
        send(road)
    assert PASSWORD not in f"{refused.value!r} {road!r}"
    assert server.taken == []


@pytest.mark.clause(Clause.SEC_1)
def test_where_the_server_has_no_tls_nothing_is_sent_in_the_clear(office):
    with pytest.raises(NotNow):
        send(Smtp("localhost", office.port, "starttls"))
    assert office.taken == []


@pytest.mark.parametrize(
    ("code", "text", "answer"),
    [
        pytest.param(550, b"no such user", True, id="without an enhanced code"),
        pytest.param(550, b"5.1.1 no such user", True, id="bad address"),
        pytest.param(552, b"5.2.2 full", True, id="bad mailbox"),
        pytest.param(554, b"5.6.0 cannot be read", True, id="content"),
        pytest.param(550, b"5.7.1 relaying denied", False, id="policy"),
        pytest.param(530, b"5.5.1 sign in first", False, id="protocol"),
        pytest.param(450, b"4.1.1 later", False, id="for now"),
    ],
)
def test_a_refusal_is_about_the_address_or_about_us(code, text, answer):
    assert is_about_the_address(code, text) is answer
