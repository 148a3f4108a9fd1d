// Bytes on a socket: requests that no client library would send.
import net from 'node:net';

/** Writes `bytes` and reads until the other side closes or `timeoutMs` have passed. */
export function sendRaw(port, bytes, { timeoutMs = 3_000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    const chunks = [];
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(parse(Buffer.concat(chunks).toString('latin1')));
    };
    const timer = setTimeout(finish, timeoutMs);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (complete(Buffer.concat(chunks).toString('latin1'))) finish();
    });
    socket.on('close', finish);
    socket.on('error', (error) => (['ECONNRESET', 'EPIPE'].includes(error.code) ? finish() : reject(error)));
  });
}

function complete(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, end));
  return length !== null && text.length >= end + 4 + Number(length[1]);
}

function parse(text) {
  const end = text.indexOf('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
  return { status, text, head: text.slice(0, Math.max(end, 0)), body: end < 0 ? '' : text.slice(end + 4) };
}
