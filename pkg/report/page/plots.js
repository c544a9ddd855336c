// How many records there were, and how long answers took, over time.

const bins = 120;

function drawPlots() {
  const timed = rows.filter((row) => row.time !== null);
  if (!timed.length) {
    $("plots").replaceChildren(make("p", {}, "The capture has no times."));
    return;
  }
  let low = Infinity, high = -Infinity;
  for (const row of timed) {
    low = Math.min(low, row.time);
    high = Math.max(high, row.time);
  }
  const width = Math.max(1, (high - low) / bins);
  const bin = (row) => Math.min(bins - 1, Math.floor((row.time - low) / width));
  const up = new Array(bins).fill(0), down = new Array(bins).fill(0), took = Array.from({ length: bins }, () => []);
  for (const row of timed) {
    (row.dir === ">" ? up : down)[bin(row)]++;
    if (row.elapsed >= 0) took[bin(row)].push(row.elapsed);
  }
  const middle = took.map((list) => (list.length ? list.sort((a, b) => a - b)[list.length >> 1] : 0));
  const worst = took.map((list) => (list.length ? list[list.length - 1] : 0));
  const of = `over ${duration(high - low)}, from ${about.start || "the first record"}`;
  const most = Math.max(...up.map((n, k) => n + down[k]));
  const longest = Math.max(...worst);
  const all = took.flat().sort((a, b) => a - b);
  const share = (p) => duration(all[Math.min(all.length - 1, Math.floor(all.length * p))]);
  $("plots").replaceChildren(
    plot([down, up], true, most, `Records, at most ${number(most)} in ${duration(Math.round(width))}; to the server below, to the client above; ${of}`, ["down", "up"]),
    all.length
      ? plot([worst, middle], false, longest, `Time to the answer: p50 ${share(0.5)}, p90 ${share(0.9)}, p99 ${share(0.99)}, longest ${duration(all[all.length - 1])}; ${number(all.length)} answers`, ["max", "mid"])
      : make("figure", {}, make("figcaption", {}, "No answers are known of.")));
}

// plot draws bars: stacked, or one before the other.
function plot(series, stacked, most, caption, classes) {
  const svg = make("svg", { viewBox: `0 0 ${bins * 5} 100`, preserveAspectRatio: "none", role: "img", "aria-label": caption });
  for (let k = 0; k < bins; k++) {
    const lower = series[1][k], upper = stacked ? series[0][k] + lower : series[0][k];
    for (const [value, kind] of [[upper, classes[0]], [lower, classes[1]]]) {
      const height = most ? (value / most) * 98 : 0;
      if (height > 0) svg.append(make("rect", { class: kind, x: k * 5, width: 4, y: 100 - Math.max(1, height), height: Math.max(1, height) }));
    }
  }
  return make("figure", {}, svg, make("figcaption", {}, caption));
}
