// What the page is made of, and how it is read.

const about = JSON.parse(document.getElementById("about").textContent);
const chunks = { rows: document.querySelectorAll("script.rows"), details: document.querySelectorAll("script.details") };
const rows = []; // what doc.go describes as a row, as objects
const byPlace = new Map(); // "conn:seq" to the row's index

async function unpack(element) {
  const packed = Uint8Array.from(atob(element.textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

async function readRows() {
  for (const element of chunks.rows) {
    for (const r of await unpack(element)) {
      const [conn, dir, seq, time, offset, length, kind, type, brief, odd, asks, replyConn, replySeq, elapsed] = r;
      const row = { index: rows.length, conn, dir, seq, time, offset, length, kind, type, brief, odd, asks: asks === 1, answers: -1, answered: -1, elapsed: -1 };
      byPlace.set(conn + ":" + seq, row.index);
      const request = replyConn === undefined ? undefined : byPlace.get(replyConn + ":" + replySeq);
      if (request !== undefined) {
        row.answers = request;
        row.elapsed = elapsed;
        if (rows[request].answered < 0) rows[request].answered = row.index;
      }
      rows.push(row);
    }
    element.remove();
  }
}

const unanswered = (row) => row.asks && row.answered < 0;

// The details of a record, from the chunk that holds it; a few are kept.
const kept = new Map();
function detailOf(index) {
  const n = Math.floor(index / about.detailsPerChunk);
  if (!kept.has(n)) {
    if (kept.size >= 8) kept.delete(kept.keys().next().value);
    kept.set(n, unpack(chunks.details[n]));
  }
  return kept.get(n).then((list) => list[index % about.detailsPerChunk]);
}

const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// For people.
const number = (n) => n.toLocaleString("en").replaceAll(",", "\u202f");
function duration(us) {
  if (us < 0) return "";
  if (us < 1000) return us + " µs";
  if (us < 1e6) return (us / 1e3).toPrecision(3) + " ms";
  return (us / 1e6).toPrecision(us < 1e8 ? 3 : 6) + " s";
}
const clock = (us) => (us === null ? "" : (us < 0 ? "-" : "+") + (Math.abs(us) / 1e6).toFixed(6));

// make builds an element: its attributes, and what it holds.
function make(tag, attributes, ...children) {
  const svg = ["svg", "g", "line", "rect", "text", "path", "title"].includes(tag);
  const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") e.addEventListener(name, value);
    else e.setAttribute(name, value);
  }
  e.append(...children);
  return e;
}
const $ = (id) => document.getElementById(id);
