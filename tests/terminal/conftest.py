"""One recorded morning for all of these tests."""

from pathlib import Path

import pytest

from tests.host.scenes import morning


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("terminal") / "session"
    morning().write(path)
    return path
