"""Securing a home: certificates that clients take, secrets for the owner's eyes alone, and no way back to open servers."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from pipeline.errors import Fatal
from pipeline.stack import Home, security_of
from pipeline.stack.security import Security, elasticsearch_roles, kafka_users, make_security, user_of


@pytest.fixture
def security(tmp_path: Path) -> Security:
    home = Home(tmp_path, tmp_path)
    assert security_of(home) is None
    make_security(home, used=False)
    made = security_of(home)
    assert made is not None
    return made


def test_everything_is_for_the_owner_alone(security: Security) -> None:
    found = [security.folder, *security.folder.rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_file()} == {0o600}


def test_each_user_has_a_password_of_its_own(security: Security) -> None:
    logins = [*map(security.kafka, kafka_users())]
    logins += [security.elasticsearch(user_of(role)) for role in elasticsearch_roles()]
    passwords = {login.password for login in logins}
    assert len(passwords) == len(logins)
    assert min(map(len, passwords)) == 64


def test_the_roles_have_users(security: Security) -> None:
    for role in ("read", "keep", "notify", "desk", "feed", "setup"):
        for login in security.logins(role):
            assert login.password


def test_the_authority_is_no_longer_there_to_make_another_certificate(security: Security) -> None:
    ca = x509.load_pem_x509_certificate(security.ca.read_bytes())
    server = x509.load_pem_x509_certificate(security.certificate.read_bytes())
    server.verify_directly_issued_by(ca)
    assert server.not_valid_after_utc > datetime.now(UTC) + timedelta(days=3000)
    keys = [path for path in security.folder.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert keys == [security.key]


def test_securing_again_changes_nothing(security: Security) -> None:
    before = {path: path.read_bytes() for path in security.folder.rglob("*") if path.is_file()}
    make_security(Home(security.folder.parent, security.folder), used=True)
    assert {path: path.read_bytes() for path in before} == before


def test_servers_that_ran_without_are_not_secured_afterwards(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path)
    with pytest.raises(Fatal, match="DATELINE_HOME"):
        make_security(home, used=True)
    assert security_of(home) is None


def test_what_was_cut_short_is_begun_afresh(tmp_path: Path) -> None:
    (tmp_path / ".security.new").mkdir()
    (tmp_path / ".security.new" / "ca.pem").write_text("half")
    make_security(Home(tmp_path, tmp_path), used=False)
    assert security_of(Home(tmp_path, tmp_path))
