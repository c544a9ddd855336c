// One record: its fields beside its bytes. A field and its bytes light up
// together, whichever of the two is pointed at.

const perLine = 16;
let linked = []; // {start, end, field, cells}: a field, and the cells of all bytes of its pane

async function showDetail(row) {
  const [wire, bytes, left, fields, decoded, remarks] = await detailOf(row.index);
  if (row.index !== chosen) return; // another was chosen meanwhile
  $("h-detail").textContent = `Record ${row.index + 1}: ${row.type}, ${number(row.length)} bytes at ${number(row.offset)} of connection ${row.conn}`;
  $("wire").textContent = wire || (row.kind === 2 ? "bytes that are missing" : "");
  $("remarks").replaceChildren(...remarks.map(([code, text]) => make("li", {}, `${code}: ${text}`)));
  if (unanswered(row)) $("remarks").append(make("li", {}, "no answer to this is in the capture"));
  linked = [];
  $("tree").replaceChildren();
  $("hex").replaceChildren();
  pane(fields, bytesOf(bytes), left, row.offset, 0);
  if (decoded) {
    const [how, inner, rest, parts] = decoded;
    $("tree").append(make("div", { class: "field", role: "treeitem", "aria-level": 1 }, `decoded (${how})`));
    $("hex").append(make("div", { class: "line" }, `decoded (${how}):`));
    pane(parts, bytesOf(inner), rest, 0, 1);
  }
}

// pane adds the fields and the lines of some bytes.
function pane(fields, bytes, left, base, level) {
  const owner = new Array(bytes.length).fill(-1); // the innermost field of each byte
  const cells = []; // of each byte: its digits and its character
  const secret = new Set();
  for (const [name, start, end, value, note, depth, hidden] of fields) {
    const n = linked.length;
    const e = make("div", { class: "field", role: "treeitem", id: "field" + n, "aria-level": depth + level + 1, style: `margin-left:${depth + level}em`, "data-link": n, title: `bytes ${start} to ${end}` },
      make("span", { class: "name" }, name), " ", make("span", {}, value), " ", make("span", { class: "note" }, note));
    linked.push({ start, end, field: e, cells });
    $("tree").append(e);
    for (let at = start; at < Math.min(end, bytes.length); at++) {
      owner[at] = n;
      if (hidden) secret.add(at);
    }
  }
  for (let at = 0; at < bytes.length; at += perLine) $("hex").append(line(bytes, at, base, owner, secret, cells));
  if (left > 0) $("hex").append(make("div", { class: "line" }, `… ${number(left)} more bytes`));
}

function line(bytes, at, base, owner, secret, cells) {
  const e = make("div", { class: "line" }, make("span", { class: "at" }, (base + at).toString(16).padStart(8, "0")), "  ");
  const text = make("span", { "aria-hidden": "true" });
  for (let n = at; n < at + perLine; n++) {
    if (n >= bytes.length) {
      e.append("   ");
      continue;
    }
    const masked = secret.has(n), b = bytes[n];
    const hex = make("b", {}, masked ? "**" : b.toString(16).padStart(2, "0"));
    const char = make("b", {}, masked ? "*" : b >= 32 && b < 127 ? String.fromCharCode(b) : ".");
    if (owner[n] >= 0) hex.dataset.link = char.dataset.link = owner[n];
    cells.push([hex, char]);
    e.append(hex, " ");
    text.append(char);
  }
  e.append(" ", text);
  return e;
}

let lit = -1;
function light(n, scroll) {
  if (n === lit && !scroll) return;
  for (const e of document.querySelectorAll(".hot")) e.classList.remove("hot");
  for (const e of document.querySelectorAll("#tree [aria-selected]")) e.removeAttribute("aria-selected");
  lit = n;
  const l = linked[n];
  if (!l) return;
  l.field.classList.add("hot");
  l.field.setAttribute("aria-selected", "true");
  $("tree").setAttribute("aria-activedescendant", l.field.id);
  const cells = l.cells.slice(l.start, l.end);
  for (const e of cells.flat()) e.classList.add("hot");
  const near = { block: "nearest", inline: "nearest" };
  if (scroll === "hex" && cells.length) cells[0][0].scrollIntoView(near);
  if (scroll === "tree") l.field.scrollIntoView(near);
}

const linkOf = (event) => (event.target.closest("[data-link]") || { dataset: { link: -1 } }).dataset.link;
function watchPanes() {
  for (const [id, other] of [["tree", "hex"], ["hex", "tree"]]) {
    $(id).addEventListener("mouseover", (event) => light(Number(linkOf(event))));
    $(id).addEventListener("mouseleave", () => light(-1));
    $(id).addEventListener("click", (event) => light(Number(linkOf(event)), other));
  }
  $("tree").addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1, Home: -linked.length, End: linked.length }[event.key];
    if (!move || !linked.length) return;
    event.preventDefault();
    const n = Math.max(0, Math.min(linked.length - 1, lit + move));
    light(n, "hex");
    linked[n].field.scrollIntoView({ block: "nearest" });
  });
}
