// The page as a whole.

function drawHeader() {
  $("title").textContent = about.title;
  const frames = about.conversations.reduce((n, c) => n + c.frames[0] + c.frames[1], 0);
  const bytes = about.conversations.reduce((n, c) => n + c.bytes[0] + c.bytes[1], 0);
  $("sums").textContent = [`${number(about.conversations.length)} conversations`, `${number(about.records)} records`, `${number(frames)} frames`, `${number(bytes)} bytes`, ...about.notes].join(" · ");
}

function drawConversations() {
  const right = [0, 4, 5, 6, 7, 8];
  const table = $("conversations");
  const cell = (tag, text, n) => make(tag, right.includes(n) ? { class: "n" } : n === 9 ? { class: "note" } : {}, text);
  table.append(make("thead", {}, make("tr", {}, ...["conn", "client", "server", "protocol", "seconds", "> frames", "bytes", "< frames", "bytes", "note"].map((t, n) => cell("th", t, n)))));
  const body = make("tbody", {});
  for (const c of about.conversations) {
    const notes = [c.why, ...c.unfinished];
    if (c.gaps) notes.push(`${number(c.gaps)} gaps of ${number(c.missing)} bytes`);
    if (c.unanswered) notes.push(`${number(c.unanswered)} without an answer`);
    const pick = make("button", { type: "button", "data-conn": c.id, "aria-pressed": "false", "aria-label": `Only conversation ${c.id}`, click: () => only(c.id) }, String(c.id));
    body.append(make("tr", {}, ...[pick, c.client, c.server, c.protocol, c.seconds.toFixed(3), number(c.frames[0]), number(c.bytes[0]), number(c.frames[1]), number(c.bytes[1]), notes.filter(Boolean).join(", ")].map((t, n) => cell("td", t, n))));
  }
  table.append(body);
}

// only sets or takes back a filter for one conversation.
function only(conn) {
  const word = "conn:" + conn, box = $("filter");
  const words = box.value.split(/\s+/).filter((w) => w && !w.startsWith("conn:"));
  if (!box.value.split(/\s+/).includes(word)) words.push(word);
  box.value = words.join(" ");
  filter();
}

const maxFindings = 200;
function drawFindings() {
  const list = [];
  for (const f of about.findings || []) list.push(finding(byPlace.get(f.conn + ":" + f.seq), `${f.rule} (${f.severity})`, f.text, f.conn));
  for (const row of about.findings ? [] : rows) {
    if (row.odd) list.push(finding(row.index, row.type, row.odd, row.conn));
    if (unanswered(row)) list.push(finding(row.index, row.type, "no answer to this is in the capture", row.conn));
  }
  const count = list.length;
  if (count > maxFindings) list.splice(maxFindings, count, make("li", {}, `and ${number(count - maxFindings)} more: filter for is:odd or is:unanswered`));
  if (!count) list.push(make("li", {}, "Nothing is wrong or odd."));
  $("findings").replaceChildren(...list);
  $("h-findings").textContent = count ? `Findings (${number(count)})` : "Findings";
}

function finding(index, what, why, conn) {
  const where = index === undefined ? [] : [make("button", { type: "button", click: () => choose(index).then(() => $("h-detail").focus()) }, `record ${index + 1}`), " of "];
  return make("li", {}, ...where, `connection ${conn}: ${what}: ${why}`);
}

function nextFinding() {
  const from = place(chosen);
  const next = shown.findIndex((index, n) => n > from && (rows[index].odd || unanswered(rows[index])));
  if (next >= 0) choose(shown[next]);
}

function keys(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const inGrid = event.target === $("grid");
  if (event.target === $("filter")) {
    if (event.key === "Escape") {
      $("filter").value = "";
      filter();
    } else if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    $("grid").focus();
    if (event.key === "ArrowDown" && chosen < 0) step(0);
    event.preventDefault();
    return;
  }
  const page = Math.max(1, fit() - 2);
  const row = rows[chosen];
  const acts = {
    "/": () => $("filter").focus(),
    n: nextFinding,
    a: () => row && choose(row.answers >= 0 ? row.answers : row.answered),
    ...(inGrid && { ArrowDown: () => step(1), ArrowUp: () => step(-1), PageDown: () => step(page), PageUp: () => step(-page), Home: () => step(-shown.length), End: () => step(shown.length), Enter: () => $("tree").focus() }),
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
}

function nextTheme() {
  const order = ["system", "light", "dark"];
  const next = order[(order.indexOf(document.documentElement.dataset.theme || "system") + 1) % order.length];
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  $("theme").textContent = "theme: " + next;
}

async function start() {
  drawHeader();
  drawHead();
  drawConversations();
  watchPanes();
  await readRows();
  $("loading").remove();
  drawPlots();
  drawFindings();
  let waiting = 0;
  $("filter").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, rows.length > 20000 ? 150 : 0);
  });
  $("view").addEventListener("scroll", draw, { passive: true });
  addEventListener("resize", draw);
  document.addEventListener("keydown", keys);
  $("theme").addEventListener("click", nextTheme);
  filter();
  if (rows.length) await choose(0);
  document.documentElement.dataset.ready = "";
}
start().catch((e) => {
  const p = make("p", { class: "odd", role: "alert" }, "This page can't be drawn: " + e.message);
  document.body.prepend(p);
});
