"""One window per user and home: a second start hands its photo to the first and ends."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT_MS = 2000
_LONGEST = 65_536  # bytes of a request; a path is far shorter


def hand_over(name: str, photo: Path | None) -> bool:
    """Give a photo to a running program; return False if there is none."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_WAIT_MS):
        return False
    request = {"photo": str(photo) if photo else ""}
    socket.write(json.dumps(request).encode() + b"\n")
    # Without an answer the other program hangs or is on its way out: then this one opens.
    answered = socket.waitForReadyRead(_WAIT_MS)
    socket.disconnectFromServer()
    return answered


class InstanceServer(QObject):
    """Takes what later starts hand over.

    Signals:
        asked (str): Somebody started the program again, perhaps with a photo's path.

    Args:
        name: From :func:`foodsearch_gui.instance_name.server_name`.
    """

    asked = Signal(str)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        if not self._server.listen(name):
            # A crashed program left its socket behind; nobody answered on it just now.
            QLocalServer.removeServer(name)
            self._server.listen(name)

    @property
    def full_name(self) -> str:
        """Where the system keeps the socket."""
        return self._server.fullServerName()

    def close(self) -> None:
        """Take nothing any more."""
        self._server.close()

    @Slot()
    def _accept(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(socket.deleteLater)

    @Slot()
    def _read(self) -> None:
        socket = self.sender()
        assert isinstance(socket, QLocalSocket)
        if socket.bytesAvailable() > _LONGEST:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        photo = _photo_of(bytes(socket.readLine().data()))
        if photo is not None:
            socket.write(b"ok\n")
            socket.flush()
            self.asked.emit(photo)


def _photo_of(line: bytes) -> str | None:
    try:
        request = json.loads(line)
    except ValueError:
        return None
    photo = request.get("photo") if isinstance(request, dict) else None
    return photo if isinstance(photo, str) else None
