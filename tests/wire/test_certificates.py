"""Certificates and their keys: what is refused at the start, and what happens to new ones."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from orderfolio.errors import CannotStart
from orderfolio.wire import certificates
from orderfolio.wire.certificates import Certificate


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(tmp_path: Path, authority: trustme.CA) -> tuple[Path, Path]:
    """A certificate and its key."""
    return write(tmp_path, authority)


def write(folder: Path, authority: trustme.CA) -> tuple[Path, Path]:
    """A new certificate and its key, in the places of those that were there."""
    issued = authority.issue_cert("localhost")
    certificate, key = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return certificate, key


def refusal(certificate: Path, key: Path) -> str:
    with pytest.raises(CannotStart) as caught:
        Certificate(certificate, key)
    return str(caught.value).replace(f"{certificate.parent}/", "")


class TestAtTheStart:
    def test_a_missing_file_is_named(self, files: tuple[Path, Path], tmp_path: Path) -> None:
        assert refusal(tmp_path / "none.pem", files[1]) == (
            "the file none.pem can't be read: No such file or directory"
        )
        assert refusal(files[0], tmp_path / "none.key") == (
            "the file none.key can't be read: No such file or directory"
        )

    def test_a_folder_is_no_file(self, files: tuple[Path, Path], tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        assert refusal(files[0], tmp_path / "folder") == (
            "the file folder can't be read: Is a directory"
        )

    def test_the_key_of_another_certificate_does_not_fit(
        self, files: tuple[Path, Path], authority: trustme.CA, tmp_path: Path
    ) -> None:
        (tmp_path / "other").mkdir()
        (tmp_path / "other.key").write_bytes(write(tmp_path / "other", authority)[1].read_bytes())
        assert refusal(files[0], tmp_path / "other.key") == (
            "the key in other.key is not that of the certificate in server.pem"
        )

    def test_a_key_with_a_password_is_refused_and_nobody_is_asked(
        self, files: tuple[Path, Path]
    ) -> None:
        key = load_pem_private_key(files[1].read_bytes(), None)
        locked = key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
        )
        files[1].write_bytes(locked)
        assert "locked with a password" in refusal(*files)

    def test_what_is_no_certificate_is_refused(self, files: tuple[Path, Path]) -> None:
        files[0].write_bytes(b"\x30\x82\xff")
        assert refusal(*files) == "the file server.pem holds no certificate in PEM form"

    def test_what_is_no_key_is_refused(self, files: tuple[Path, Path]) -> None:
        files[1].write_text("no key")
        assert refusal(*files) == (
            "the file server.key holds no key in PEM form, or server.pem is damaged"
        )


class TestNewFiles:
    def test_the_same_files_are_read_once(self, files: tuple[Path, Path]) -> None:
        certificate = Certificate(*files)
        assert certificate.context() is certificate.context()

    def test_are_used_from_the_next_handshake_on(
        self, files: tuple[Path, Path], authority: trustme.CA
    ) -> None:
        certificate = Certificate(*files)
        before = certificate.context()
        write(files[0].parent, authority)
        after = certificate.context()
        assert after is not before
        assert certificate.context() is after

    def test_files_that_take_each_other_s_places_are_noticed(
        self, files: tuple[Path, Path], authority: trustme.CA, tmp_path: Path
    ) -> None:
        """Of one size and one time: as a link that is moved brings them."""
        certificate = Certificate(*files)
        before = certificate.context()
        (tmp_path / "next").mkdir()
        for new, old in zip(write(tmp_path / "next", authority), files, strict=True):
            seen = old.stat()
            os.utime(new, ns=(seen.st_atime_ns, seen.st_mtime_ns))
            new.replace(old)
        assert certificate.context() is not before

    def test_broken_ones_leave_the_old_in_use_and_are_told_once(
        self,
        files: tuple[Path, Path],
        authority: trustme.CA,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        certificate = Certificate(*files)
        before, key = certificate.context(), files[1].read_bytes()
        write(files[0].parent, authority)
        files[1].write_bytes(key)
        with caplog.at_level(logging.WARNING, "orderfolio.wire"):
            assert certificate.context() is before
            assert certificate.context() is before
        [line] = caplog.messages
        assert line.startswith("The certificate before stays in use: the key in ")
        files[0].unlink()
        assert certificate.context() is before
        write(files[0].parent, authority)
        assert certificate.context() is not before

    def test_one_that_goes_away_while_it_is_read_leaves_the_old_in_use(
        self,
        files: tuple[Path, Path],
        authority: trustme.CA,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        certificate = Certificate(*files)
        before = certificate.context()
        write(files[0].parent, authority)
        with monkeypatch.context() as patched:
            patched.setattr(certificates, "_check_readable", lambda path: path.unlink())
            assert certificate.context() is before
        assert "The certificate before stays in use" in caplog.text
        write(files[0].parent, authority)
        assert certificate.context() is not before
