// The records: only those rows that are in sight are elements of the page.

const rowHeight = 22;
const maxHeight = 8e6; // of an element that browsers scroll exactly
let shown = []; // indices of the rows that the filter lets pass
let chosen = -1; // index of a row

// matcher makes a function of what stands in the filter box. It throws what is
// wrong with it.
function matcher(text) {
  const units = { us: 1, "µs": 1, ms: 1e3, s: 1e6 };
  const tests = (text.match(/(?:[^\s"]|"[^"]*"?)+/g) || []).map((word) => {
    const not = word.startsWith("-") && word.length > 1;
    if (not) word = word.slice(1);
    const test = one(word.replaceAll('"', ""));
    return not ? (row) => !test(row) : test;
  });
  return (row) => tests.every((test) => test(row));

  function one(word) {
    const bound = /^(elapsed|length|time)(>=?|<=?)([\d.]+)(\D*)$/.exec(word);
    if (bound) {
      const [, name, sign, digits, unit] = bound;
      if (name !== "length" && !units[unit || "s"]) throw new Error(`${unit} is no unit of time: us, ms or s`);
      const limit = Number(digits) * (name === "length" ? 1 : units[unit || "s"]);
      const compare = { ">": (a) => a > limit, ">=": (a) => a >= limit, "<": (a) => a < limit, "<=": (a) => a <= limit }[sign];
      return (row) => row[name] !== null && row[name] >= 0 && compare(row[name]);
    }
    const [, name, value] = /^(\w+):(.*)$/.exec(word) || [];
    switch (name) {
      case "conn": return (row) => row.conn === Number(value);
      case "dir": return (row) => row.dir === value;
      case "type": return (row) => row.type === value;
      case "seq": return (row) => row.seq === Number(value);
      case "is": {
        const is = { odd: (row) => row.odd, unanswered, request: (row) => row.asks, answer: (row) => row.answers >= 0, gap: (row) => row.kind === 2, frame: (row) => row.kind === 0 }[value];
        if (!is) throw new Error(`is:${value} is nothing: odd, unanswered, request, answer, gap or frame`);
        return is;
      }
    }
    const part = word.toLowerCase();
    return (row) => row.type.toLowerCase().includes(part) || row.brief.toLowerCase().includes(part);
  }
}

function filter() {
  const box = $("filter");
  try {
    const matches = matcher(box.value);
    shown = [];
    for (const row of rows) if (matches(row)) shown.push(row.index);
    box.removeAttribute("aria-invalid");
    $("count").textContent = shown.length === rows.length ? number(rows.length) + " records" : `${number(shown.length)} of ${number(rows.length)} records`;
  } catch (e) {
    box.setAttribute("aria-invalid", "true");
    $("count").textContent = e.message;
    return;
  }
  $("grid").setAttribute("aria-rowcount", shown.length + 1);
  $("space").style.height = Math.min(shown.length * rowHeight, maxHeight) + "px";
  draw();
  drawDiagram();
  for (const e of document.querySelectorAll("#conversations [data-conn]")) {
    e.setAttribute("aria-pressed", box.value.split(/\s+/).includes("conn:" + e.dataset.conn));
  }
}

const fit = () => Math.ceil($("view").clientHeight / rowHeight);

// first returns the row at the top of what is in sight.
function first() {
  const view = $("view");
  const rest = Math.max(1, Math.min(shown.length * rowHeight, maxHeight) - view.clientHeight);
  return Math.max(0, Math.min(Math.round((view.scrollTop / rest) * (shown.length * rowHeight - view.clientHeight) / rowHeight), shown.length - 1));
}

function draw() {
  const from = first();
  const list = shown.slice(from, from + fit() + 1).map((index, n) => rowElement(rows[index], from + n));
  $("body").style.top = Math.min($("view").scrollTop, Math.max(0, $("space").clientHeight - list.length * rowHeight)) + "px";
  $("body").replaceChildren(...list);
  $("grid").setAttribute("aria-activedescendant", $("row" + chosen) ? "row" + chosen : "");
}

function rowElement(row, position) {
  const cells = [row.index + 1, clock(row.time), row.conn, row.dir, row.type, number(row.length), row.kind === 2 ? "bytes that are missing" : row.brief];
  const e = make("div", { class: "row", role: "row", id: "row" + row.index, "aria-rowindex": position + 2, "aria-selected": row.index === chosen, click: () => choose(row.index) });
  cells.forEach((text, n) => {
    const kind = [0, 1, 2, 5].includes(n) ? "n" : n === 3 ? (row.dir === ">" ? "to" : "from") : n === 4 && (row.odd || unanswered(row)) ? "odd" : "";
    e.append(make("span", { role: "gridcell", class: kind, "aria-colindex": n + 1 }, String(text)));
  });
  return e;
}

function drawHead() {
  const e = make("div", { class: "row", role: "row", "aria-rowindex": 1 });
  ["#", "time", "conn", "", "type", "bytes", "what"].forEach((text, n) => {
    const cell = make("span", { role: "columnheader", class: [0, 1, 2, 5].includes(n) ? "n" : "", "aria-colindex": n + 1 }, text);
    if (!text) cell.setAttribute("aria-label", "direction");
    e.append(cell);
  });
  $("head").replaceChildren(e);
}

// place returns where a row stands among those that are shown, or -1.
function place(index) {
  let low = 0, high = shown.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (shown[middle] < index) low = middle + 1;
    else high = middle;
  }
  return shown[low] === index ? low : -1;
}

// reveal scrolls so that the row at a place is in sight.
function reveal(position) {
  const view = $("view"), lines = Math.floor(view.clientHeight / rowHeight), top = first();
  if (position >= top && position < top + lines) return;
  const want = position < top ? position : position - lines + 1;
  const all = Math.max(1, shown.length * rowHeight - view.clientHeight);
  view.scrollTop = (want * rowHeight / all) * Math.max(0, Math.min(shown.length * rowHeight, maxHeight) - view.clientHeight);
}

// choose shows a record's details. One that the filter hides stays hidden.
function choose(index) {
  if (index < 0 || index >= rows.length) return;
  chosen = index;
  const position = place(index);
  if (position >= 0) reveal(position);
  draw();
  drawDiagram();
  return showDetail(rows[index]);
}

// step chooses the row n places on among those that are shown.
function step(n) {
  if (!shown.length) return;
  const position = place(chosen);
  return choose(shown[Math.max(0, Math.min(shown.length - 1, position < 0 ? 0 : position + n))]);
}
