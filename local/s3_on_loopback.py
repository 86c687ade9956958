"""The S3 of the stack in this process, over HTTP, for a process beside it: listing, reading and writing objects."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
NOT_FOUND = 404


@contextmanager
def s3_on_loopback() -> Iterator[str]:
    """Serve while the block runs; the value is the URL. Requests are answered once the stack is there."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, name="s3", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    @cached_property
    def s3(self) -> "S3Client":
        return boto3.session.Session().client("s3")


class _Handler(BaseHTTPRequestHandler):
    """One connection; objects are named by their path."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = 60.0

    def do_GET(self) -> None:
        bucket, key = self._place()
        try:
            if key:
                found = self.server.s3.get_object(Bucket=bucket, Key=key)
                self._answer(200, found["ContentLength"])
                shutil.copyfileobj(found["Body"], self.wfile)
            else:
                self._send(200, self._listed(bucket))
        except ClientError as error:
            self._refuse(error)

    def do_PUT(self) -> None:
        bucket, key = self._place()
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            self.server.s3.put_object(Bucket=bucket, Key=key, Body=body)
            self._send(200, b"")
        except ClientError as error:
            self._refuse(error)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's form
        """Requests are no news."""

    def _place(self) -> tuple[str, str]:
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        return bucket, key

    def _listed(self, bucket: str) -> bytes:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        wanted: Any = {"Bucket": bucket, "Prefix": asked.get("prefix", "")}
        if "continuation-token" in asked:
            wanted["ContinuationToken"] = asked["continuation-token"]
        page = self.server.s3.list_objects_v2(**wanted)
        result = Element("ListBucketResult", xmlns=NAMESPACE)
        SubElement(result, "Name").text = bucket
        SubElement(result, "IsTruncated").text = str(page["IsTruncated"]).lower()
        if "NextContinuationToken" in page:
            SubElement(result, "NextContinuationToken").text = page["NextContinuationToken"]
        for entry in page.get("Contents", ()):
            contents = SubElement(result, "Contents")
            SubElement(contents, "Key").text = entry["Key"]
            SubElement(contents, "Size").text = str(entry["Size"])
        return _xml(result)

    def _refuse(self, error: ClientError) -> None:
        told = Element("Error")
        for name in ("Code", "Message"):
            SubElement(told, name).text = str(error.response.get("Error", {}).get(name, ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", NOT_FOUND)
        self._send(status, _xml(told))

    def _send(self, status: int, body: bytes) -> None:
        self._answer(status, len(body))
        self.wfile.write(body)

    def _answer(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/xml" if status >= NOT_FOUND else "application/octet-stream")
        self.send_header("Content-Length", str(length))
        self.end_headers()


def _xml(element: Element) -> bytes:
    return tostring(element, encoding="unicode").encode()
