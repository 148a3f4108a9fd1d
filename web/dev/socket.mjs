// The mock's side of /ws: the frames that the app and the daemon agreed on.

function logText(record, params) {
  if (params?.service?.length > 0 && !params.service.includes(record.service)) return false;
  if (params?.grep && !record.line.includes(params.grep)) return false;
  return true;
}

export function serveSocket(client, world) {
  const subscriptions = new Map();
  const send = (frame) => client.readyState === 1 && client.send(JSON.stringify(frame));

  function subscribeEvents(id) {
    send({ id, event: 'snapshot', data: { items: world.projects() } });
    return world.on('event', ({ event, data }) => {
      const wrap = ['project', 'deployment'].includes(event) && data.removed !== true;
      const wrapped = wrap ? { [event]: data } : data;
      send({ id, event, data: wrapped });
    });
  }

  function subscribeLogs(id, message) {
    const { project, params, cursor } = message;
    const sendRecord = (record) => {
      if (record.event !== undefined) {
        send({ id, event: record.event, data: record.data });
      } else if (logText(record, params)) {
        // As with the daemon, only the last of some lines has a cursor.
        const cursor = record.seq % 5 === 0 ? String(record.seq) : undefined;
        send({ id, event: 'line', cursor, data: record });
      }
    };
    const lines = world.logs(project);
    const held = lines.filter((record) => record.event !== undefined || logText(record, params));
    const first =
      cursor === undefined
        ? held.slice(-(params?.tail ?? 500))
        : held.filter((record) => record.seq > Number(cursor));
    for (const record of first) sendRecord(record);
    return world.on(`log:${project}`, sendRecord);
  }

  function subscribeDeployment(id, message) {
    const found = world.deployment(message.deployment);
    if (found === undefined) {
      send({ id, event: 'error', data: { status: 404, title: 'Not found' } });
      return () => {};
    }
    const sendEvent = ({ event, seq, data }) => send({ id, event, cursor: String(seq), data });
    for (const event of found.events) {
      if (message.cursor === undefined || event.seq > Number(message.cursor)) sendEvent(event);
    }
    return world.on(`deployment:${message.deployment}`, sendEvent);
  }

  client.on('message', (text) => {
    const message = JSON.parse(text);
    if (message.op === 'ping') send({ event: 'pong' });
    if (message.op === 'unsubscribe') {
      subscriptions.get(message.id)?.();
      subscriptions.delete(message.id);
    }
    if (message.op === 'subscribe') {
      send({ id: message.id, event: 'subscribed' });
      const start = { events: subscribeEvents, logs: subscribeLogs, deployment: subscribeDeployment };
      subscriptions.set(message.id, start[message.channel](message.id, message));
    }
  });
  const beat = setInterval(() => send({ event: 'heartbeat' }), 15_000);
  client.on('close', () => {
    clearInterval(beat);
    for (const stop of subscriptions.values()) stop();
  });
}
