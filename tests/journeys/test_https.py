"""The program with a certificate, as somebody without a proxy runs it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import trustme
from tests.journeys.programs import run, serving


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Those of a server whose certificate the clients of this process believe."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    issued.private_key_pem.write_to_path(tmp_path / "server.key")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return ("--tls-certificate", "server.pem", "--tls-key", "server.key")


def test_links_and_cookies_are_private(tmp_path: Path, options: tuple[str, ...]) -> None:
    with serving(tmp_path, *options) as served:
        assert served.url.startswith("https://127.0.0.1:")
        assert f"documentation  {served.url}/docs" in served.output
        with httpx.Client(base_url=served.url, auth=served.credentials) as api:
            created = api.post("/v2.1/guests", json={"guestType": "visitor"})
            assert created.status_code == 201
            assert created.headers["location"].startswith(f"{served.url}/v2.1/guests/")
            assert created.json()["href"].startswith(f"{served.url}/v2.1/guests/")
            form = api.get("/console/sign-in")
            assert "; secure" in form.headers["set-cookie"].lower()
            assert "strict-transport-security" not in form.headers
        assert served.stop() == 0, served.log


def test_a_key_that_does_not_fit_is_a_sentence_before_anything_is_made(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    trustme.CA().issue_cert("127.0.0.1").private_key_pem.write_to_path(tmp_path / "server.key")
    assert run(tmp_path, "serve", *options).refusal() == (
        "The key in server.key is not that of the certificate in server.pem."
    )
    assert not (tmp_path / "orderfolio.db").exists()
