"""Environments of peers: installed once, again when the lock changes or the last time was cut short, one at a time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.cli.prepare.programs import Programs, SetupError
from tests.peers.environments import installed


class Installer:
    """Notes for each installation whether it found an empty place."""

    def __init__(self) -> None:
        self.clean: list[bool] = []
        self.fails = False

    def __call__(self, _programs: Programs, _lock: Path, folder: Path) -> None:
        self.clean.append(not folder.exists())
        folder.mkdir()
        if self.fails:
            raise SetupError("cut short")


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "peer" / "requirements.lock"
    path.parent.mkdir()
    path.write_text("a==1\n")
    return path


def test_the_same_lock_is_installed_once(lock: Path, tmp_path: Path) -> None:
    install = Installer()
    assert installed(lock, tmp_path / "peers", install) == installed(lock, tmp_path / "peers", install)
    assert install.clean == [True]


def test_a_changed_lock_gets_a_place_of_its_own(lock: Path, tmp_path: Path) -> None:
    install = Installer()
    before = installed(lock, tmp_path / "peers", install)
    lock.write_text("a==2\n")
    assert installed(lock, tmp_path / "peers", install) != before
    assert install.clean == [True, True]


def test_what_was_cut_short_is_begun_anew(lock: Path, tmp_path: Path) -> None:
    install = Installer()
    install.fails = True
    with pytest.raises(SetupError):
        installed(lock, tmp_path / "peers", install)
    install.fails = False
    installed(lock, tmp_path / "peers", install)
    assert install.clean == [True, True]


def test_of_several_at_once_one_installs(lock: Path, tmp_path: Path) -> None:
    install = Installer()
    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(lambda _: installed(lock, tmp_path / "peers", install), range(8)))
    assert len(set(places)) == 1
    assert install.clean == [True]
