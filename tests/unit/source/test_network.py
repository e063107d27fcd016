"""Certificates, and pages in place of the API. Real sockets on this machine.

Traps: a self-signed certificate was tried five times, one challenge page ended the run with "check the API key", and a
missing CA file was a traceback.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tasks.errors import BadInput, NoConnection, Transient, Unauthorized
from tasks.source.client import Client
from tasks.source.limiter import Limiter
from tasks.source.network import CERTIFICATES, check_environment
from tests.support.sockets import GOOD, Server, ask, asked, http, without_network_variables

PAGE = b"<!DOCTYPE html><title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/h.js'></script>"
CHALLENGE = http(403, PAGE, "text/html", "server: cloudflare", "cf-mitigated: challenge")
TO = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    without_network_variables(monkeypatch)


def certificate(folder: Path, name: str = "127.0.0.1", until: datetime = TO) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate as a file, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    names = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)]
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


# -- pages in place of the API --------------------------------------------------------------------------------------


def test_n1_one_challenge_page_is_retried():
    attempts, error, _ = asked(Server(CHALLENGE, GOOD))
    assert (attempts, error) == (2, None)


def test_n1_a_challenge_page_that_stays_is_named_and_does_not_stop_the_run():
    attempts, error, api = asked(Server(CHALLENGE))
    assert (attempts, type(error), api.stopped) == (3, Transient, None)
    assert "a challenge page of Cloudflare" in str(error)
    assert "Check the API key" not in str(error)


@pytest.mark.parametrize("status", [401, 403])
def test_the_apis_own_refusal_is_about_the_key(status: int):
    attempts, error, api = asked(Server(http(status, b'{"message":"Forbidden"}')))
    assert (attempts, type(error)) == (1, Unauthorized)
    assert "Check the API key" in str(error)
    assert api.stopped is error


# -- certificates ---------------------------------------------------------------------------------------------------


def test_n1_a_certificate_that_is_not_trusted_is_named_at_once_with_the_cure(tmp_path: Path):
    _, context = certificate(tmp_path)
    attempts, error, api = asked(Server(GOOD, context=context), "https")
    assert (attempts, type(error)) == (1, NoConnection)
    assert "certificate of 127.0.0.1 is not trusted (self-signed certificate" in str(error)
    assert "SSL_CERT_FILE or REQUESTS_CA_BUNDLE" in str(error)
    assert api.stopped is error, "every further call would fail"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_ca_file_is_honoured(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    public, context = certificate(tmp_path)
    monkeypatch.setenv(name, str(public))
    assert asked(Server(GOOD, context=context), "https")[:2] == (1, None)


@pytest.mark.parametrize(
    ("name", "until", "said"),
    [
        ("other.test", TO, "not that of 127.0.0.1"),
        ("127.0.0.1", datetime(2020, 1, 1, tzinfo=UTC), "check the clock of this machine"),
    ],
)
def test_a_certificate_of_another_name_or_time_is_named(
    name: str, until: datetime, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    public, context = certificate(tmp_path, name, until)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    attempts, error, _ = asked(Server(GOOD, context=context), "https")
    assert (attempts, type(error)) == (1, NoConnection)
    assert said in str(error)


def test_a_server_without_tls_is_named_at_once():
    attempts, error, _ = asked(Server(GOOD), "https")
    assert (attempts, type(error)) == (1, NoConnection)
    assert "does not use TLS" in str(error)


@pytest.mark.parametrize("name", CERTIFICATES)
@pytest.mark.parametrize("kind", ["missing", "text", "empty file", "unreadable", "empty folder"])
def test_n1_certificates_that_cannot_be_used_are_refused_before_anything_is_sent(
    name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = tmp_path / "ca"
    if kind == "empty folder":
        place.mkdir()
    elif kind != "missing":
        place.write_text("no certificate" if kind == "text" else "")
        place.chmod(0o000 if kind == "unreadable" else 0o600)
    monkeypatch.setenv(name, str(place))
    with pytest.raises(BadInput, match=f"^{name}={place} .*or unset it$"):
        check_environment()
    with pytest.raises(BadInput, match=f"^{name}="):
        Client("https://api.test", None, limiter=Limiter(None, 1))


def test_a_name_that_cannot_be_resolved_is_named():
    _, error, _ = asyncio.run(ask("https://api.invalid"))
    assert "the name api.invalid cannot be resolved" in str(error)
    assert "HTTPS_PROXY" in str(error)
