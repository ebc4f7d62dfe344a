from __future__ import annotations

import pickle
import traceback

import pytest
from stub import Stub, answer

from minio_manager import Client, ConfigurationError, Invalid, MinioManagerError, Problem


def sent_token(url=None, token=None):
    """What is sent as the token."""
    with Stub(answer("401 Unauthorized", '{"code": "unauthenticated"}')) as stub, pytest.raises(Problem):
        Client(url or stub.url, token).me()
    return next(line for line in stub.requests[0].decode().split("\r\n") if line.startswith("Authorization")).split()[-1]


def test_whose_token_is_taken(monkeypatch, tmp_path):
    with pytest.raises(ConfigurationError, match="MINIO_MANAGER_TOKEN"):
        Client("http://x")
    monkeypatch.setenv("KBASE_AUTH_TOKEN", "KBASE")
    assert sent_token() == "KBASE"
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "HUB")
    assert sent_token() == "KBASE"
    monkeypatch.setenv("JUPYTERHUB_API_URL", "http://hub/api")
    assert sent_token() == "HUB"
    file = tmp_path / "token"
    file.write_text("FILE\n")
    monkeypatch.setenv("MINIO_MANAGER_TOKEN_FILE", str(file))
    assert sent_token() == "FILE"
    monkeypatch.setenv("MINIO_MANAGER_TOKEN", "OURS")
    assert sent_token() == "OURS"
    assert sent_token(token="GIVEN") == "GIVEN"


def test_a_token_file_is_read_at_each_request(monkeypatch, tmp_path):
    file = tmp_path / "token"
    file.write_text("FIRST")
    monkeypatch.setenv("MINIO_MANAGER_TOKEN_FILE", str(file))
    with Stub(answer("401 Unauthorized", '{"code": "unauthenticated"}')) as stub:
        client = Client(stub.url)
        for text in ("FIRST", "SECOND"):
            file.write_text(text)
            with pytest.raises(Problem):
                client.me()
        file.unlink()
        with pytest.raises(ConfigurationError, match="No such file"):
            client.me()
    assert [b"Bearer FIRST" in request for request in stub.requests] == [True, False]
    assert b"Bearer SECOND" in stub.requests[1]


@pytest.mark.parametrize("token", ["", " ", "two words", "line\r\nX-Injected: 1", "naïve", "nul\0"])
def test_a_token_that_is_none_is_refused_and_not_repeated(token):
    with pytest.raises(ConfigurationError) as error:
        Client("http://127.0.0.1:1", token)
    assert not token.strip() or token not in str(error.value)


@pytest.mark.parametrize(
    "url", ["", "lake", "ftp://x", "http://", "http://x:99999", "http://x:0", "http://u:p@x", "http://x?y", "http://x/\ny", "http://é"]
)
def test_a_url_that_is_none_is_refused(url):
    with pytest.raises(ConfigurationError):
        Client(url, "T")


def test_the_url_of_the_environment(monkeypatch):
    monkeypatch.setenv("MINIO_MANAGER_URL", "https://lake.example.org/base/")
    assert Client(token="T").url == "https://lake.example.org/base"
    assert Client("http://other/", "T").url == "http://other"


SECRET = "SECRETTOKENOFSOMEBODY"


def test_no_token_in_what_a_failure_shows():
    shown = ""
    # the whole of it, with the variables of every frame of ours
    for body in (f'{{"code": "x", "detail": "{SECRET}"}}', f"<p>{SECRET}</p>"):
        with Stub(answer("400 Bad Request", body)) as stub:
            client = Client(stub.url, SECRET)
            try:
                client.me()
            except MinioManagerError as error:
                del body
                lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
                shown += "".join(lines) + repr(error) + repr(client) + repr(pickle.loads(pickle.dumps(error)))
    assert "400 x" in shown and "400 http_400" in shown and SECRET not in shown


def test_problems_survive_a_pickle():
    error = Invalid(422, "c", "t", "d", request_id="r")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.request_id, str(copy)) == (Invalid, "r", str(error))


def test_limits_that_make_no_sense_are_refused():
    for options in ({"timeout": 0}, {"timeout": -1}, {"retries": -1}):
        with pytest.raises(ConfigurationError):
            Client("http://x", "T", **options)
