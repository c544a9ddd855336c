// The sequence: the records near the chosen one, as arrows between the peers.

const arrows = 120; // that are drawn at a time
const pause = 1e6; // microseconds that are drawn as one

function peersOf(list) {
  const names = [];
  for (const row of list) {
    const c = conversation.get(row.conn);
    for (const name of [c.client, c.server]) if (!names.includes(name)) names.push(name);
  }
  return names;
}

const conversation = new Map(about.conversations.map((c) => [c.id, c]));

function drawDiagram() {
  const at = Math.max(0, place(chosen) - arrows / 2);
  const list = shown.slice(at, at + arrows).map((index) => rows[index]).filter((row) => conversation.has(row.conn));
  const names = peersOf(list);
  if (!list.length || names.length > 12) {
    $("diagram").replaceChildren(make("p", {}, list.length ? `${names.length} peers are too many to draw: filter for a conversation, such as conn:${list[0].conn}.` : "No records."));
    return;
  }
  const lane = 300, margin = 130, top = 34, step = 26;
  const x = (name) => margin + names.indexOf(name) * lane;
  const parts = [];
  let y = top, before = null;
  for (const row of list) {
    if (before !== null && row.time !== null && row.time - before > pause) {
      parts.push(make("text", { x: 4, y: y + 16, class: "dim" }, "… " + duration(row.time - before)));
      y += step;
    }
    if (row.time !== null) before = row.time;
    y += step;
    parts.push(arrow(row, x, y));
  }
  const width = margin * 2 + (names.length - 1) * lane, height = y + 14;
  const lives = names.map((name) => make("g", {},
    make("text", { x: x(name), y: 16, "text-anchor": "middle" }, name),
    make("line", { class: "life", x1: x(name), x2: x(name), y1: 24, y2: height })));
  const more = shown.length > list.length ? `, ${list.length} of ${number(shown.length)} records` : "";
  $("diagram").replaceChildren(make("svg", { width, height, role: "group", "aria-label": "Sequence diagram" + more }, ...lives, ...parts));
}

function arrow(row, x, y) {
  const c = conversation.get(row.conn);
  const [from, to] = row.dir === ">" ? [c.client, c.server] : [c.server, c.client];
  const x1 = x(from), x2 = x(to), sign = Math.sign(x2 - x1) || 1;
  const left = Math.min(x1, x2), wide = Math.max(60, Math.abs(x2 - x1));
  let label = row.kind === 2 ? `gap of ${number(row.length)} bytes` : row.type;
  const room = Math.floor(wide / 7.4) - 2;
  if (row.elapsed >= 0) label = `${label.slice(0, Math.max(8, room - 10))} ${duration(row.elapsed)}`;
  else if (row.brief && row.kind !== 2) label = row.brief.startsWith(row.type) ? row.brief : `${row.type} ${row.brief}`;
  if (label.length > room) label = label.slice(0, room - 1) + "…";
  const kind = row.odd || unanswered(row) ? "odd" : row.dir === ">" ? "to" : "from";
  return make("g", { class: "arrow " + kind, "aria-current": row.index === chosen, click: () => choose(row.index) },
    make("title", {}, `${row.index + 1}: ${row.type} ${row.brief}`),
    make("rect", { x: left - 10, y: y - 18, width: wide + 20, height: 24 }),
    make("text", { x: (x1 + x2) / 2, y: y - 4, "text-anchor": "middle" }, label),
    make("line", { x1, x2, y1: y, y2: y, "stroke-dasharray": row.answers >= 0 ? "5 3" : "none" }),
    make("path", { d: `M${x2 - 8 * sign} ${y - 4}L${x2} ${y}L${x2 - 8 * sign} ${y + 4}`, fill: "none" }));
}
