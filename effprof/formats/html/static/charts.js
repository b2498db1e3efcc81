// The charts of one report. Each takes its data and a width and gives an SVG; colours are CSS
// variables, so that dark, light and paper need no second drawing.
const charts = (() => {
  const { show } = units;
  const paint = (origin, colour = "accent") => ({
    fill: origin === "measured" ? `var(--${colour})` : origin === "emulated" ? `url(#hatch-${colour})` : "var(--paper)",
    stroke: `var(--${colour})`,
    strokeWidth: 1.5,
  });
  const base = (width, height) => ({
    width, height, marginLeft: 62, marginBottom: 38, marginTop: 30, marginRight: 16,
    style: { background: "none", color: "var(--soft)", fontSize: width < 420 ? "11px" : "12px", fontFamily: "inherit", overflow: "visible" },
  });
  const grid = { stroke: "var(--grid)", strokeOpacity: 1 };
  const tip = { fill: "var(--paper)", stroke: "var(--line)" };
  const few = (width) => Math.max(3, Math.floor(width / 110));

  // Plot hands a logarithmic axis to d3, which drops labels it finds too many: here every tick has one.
  const axisX = (ticks, text, more = {}) => Plot.axisX(ticks, { text, ...more });
  const axisY = (ticks, text, more = {}) => Plot.axisY(ticks, { text, ...more });

  function note(...texts) {
    const made = document.createElement("p");
    made.className = "note";
    made.append(...texts);
    return made;
  }
  function together(...nodes) {
    const made = document.createElement("div");
    made.append(...nodes);
    return made;
  }

  // Ticks that are round in the unit they are shown in: 10 MiB, not 9.54.
  function evenTicks(low, high, unit, most) {
    if (unit === "B") {
      const step = 2 ** Math.round(Math.log2((high - low) / most));
      return d3.range(Math.ceil(low / step) * step, high * 1.0001, step);
    }
    const worth = units.worth(Math.max(Math.abs(low), Math.abs(high)), unit);
    return d3.ticks(low / worth, high / worth, most).map((one) => one * worth);
  }

  // Ticks of a logarithmic axis: whole powers where there are enough of them, else 1, 2, 5.
  function logTicks(low, high, most) {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const step of [1, 2, 5]) found.push(step * 10 ** power);
    const inside = found.filter((one) => one >= low * 0.999 && one <= high * 1.001);
    const powers = inside.filter((one) => Math.abs(Math.log10(one) % 1) < 1e-9);
    if (inside.length >= 2 && inside.length <= most) return inside;
    if (powers.length >= 2) return powers.filter((_, at) => at % Math.ceil(powers.length / most) === 0);
    return inside.length >= 2 ? inside.filter((_, at) => at % Math.ceil(inside.length / most) === 0) : [low, high];
  }

  function spread(data, width) {
    const bins = data.bins, total = d3.sum(bins, (one) => one[2]);
    const body = bins.length > 1 ? bins.slice(0, -1) : bins, last = bins.at(-1);
    const end = body.at(-1)[1] * 1.0001, start = body[0][0];
    const beyond = bins.length > 1 ? last[2] : 0;
    const inside = data.rules.filter((one) => one.value >= start && one.value <= end).map((one) => ({ ...one }));
    const place = end > 3 * start ? d3.scaleLog([start, end], [0, width - 78]) : d3.scaleLinear([start, end], [0, width - 78]);
    for (let at = inside.length - 2; at >= 0; at--) // names that would run into each other stand together
      if (place(inside[at + 1].value) - place(inside[at].value) < 30) {
        inside[at].name += ` ${inside[at + 1].name}`;
        inside[at + 1].name = "";
      }
    const plot = Plot.plot({
      ...base(width, 240), marginTop: 44,
      x: {
        type: end > 3 * start ? "log" : "linear", label: "time of one run →", tickFormat: (one) => show(one, "s"), domain: [start, end],
        ticks: few(width),
      },
      y: { label: "↑ share of the runs", tickFormat: "%", grid: false, ticks: 4 },
      marks: [
        Plot.gridY({ ...grid, ticks: 4 }),
        ...(end > 3 * start ? [axisX(logTicks(start, end, few(width)), (one) => show(one, "s"), { label: "time of one run →" })] : []),
        Plot.rectY(body, {
          x1: (one) => one[0], x2: (one) => Math.max(one[1], one[0] * 1.0001), y: (one) => one[2] / total, inset: 0.4,
          fill: "var(--accent)", tip,
          title: (one) => `${show(one[0], "s")} to ${show(one[1], "s")}\n${one[2]} runs, ${(100 * one[2] / total).toPrecision(3)} %`,
        }),
        Plot.ruleX(inside, { x: "value", stroke: "var(--ink)", strokeDasharray: "3 3" }),
        Plot.text(inside, {
          x: "value", frameAnchor: "top", dy: -4, lineAnchor: "bottom", textAnchor: "middle", text: "name", fill: "var(--ink)", fontWeight: 600,
        }),
        Plot.ruleY([0], { stroke: "var(--line)" }),
      ],
    });
    return together(plot, note(beyond ? `${beyond} of ${total} runs took longer, up to ${show(last[1], "s")}` : ""));
  }

  function trials(data, width) {
    const longest = d3.max(data.dots, (one) => one[1]), least = d3.min(data.dots, (one) => one[1]);
    const last = d3.max(data.dots, (one) => one[0]);
    const reaching = data.reach.filter((one) => one.p99 <= longest * 3);
    const medians = data.p50.map((value, at) => ({ value, at })).filter((one) => one.value !== null);
    return Plot.plot({
      ...base(width, 240),
      x: { label: "trial, a process each →", domain: [0.4, last + 0.6], ticks: d3.range(1, last + 1, Math.ceil(last / few(width * 1.6))), tickFormat: "d" },
      y: { label: "↑ time of one run", tickFormat: (one) => show(one, "s"), ticks: 5, nice: true, zero: least * 3 < longest },
      marks: [
        Plot.gridY({ ...grid, ticks: 5 }),
        Plot.ruleX(reaching, { x: "trial", y1: "p50", y2: "p90", stroke: "var(--accent)", strokeOpacity: 0.35, strokeWidth: 5, strokeLinecap: "round" }),
        Plot.dot(data.dots, {
          x: (one, at) => one[0] + ((at * 7919) % 11 - 5) / 28, y: (one) => one[1], r: 2.6, fill: "var(--accent)", fillOpacity: 0.75, tip,
          title: (one) => `trial ${data.numbers[one[0] - 1]}\nmedian of a block ${show(one[1], "s")}`,
        }),
        Plot.ruleY(data.reach, { x1: (one) => one.trial - 0.38, x2: (one) => one.trial + 0.38, y: "p50", stroke: "var(--ink)", strokeWidth: 2 }),
        Plot.ruleY([d3.median(medians, (one) => one.value)].filter(Number.isFinite), { stroke: "var(--ink)", strokeDasharray: "3 3", strokeOpacity: 0.5 }),
      ],
    });
  }

  function sweep(data, width) {
    const rows = data.rows, ends = d3.extent(rows, (one) => one.batch);
    const marked = [[data.knee, "knee"], [data.peak, "peak"]].map(([batch, name]) => [rows.find((one) => one.batch === batch), name]).filter(([one]) => one);
    const notes = d3.groups(marked, ([one]) => one.batch).map(([, found]) => ({ ...found[0][0], name: found.map(([, name]) => name).join(" and ") }));
    const across = { type: "log", base: 2, domain: ends, ticks: rows.map((one) => one.batch), tickFormat: (one) => String(one) };
    const half = (key, unit, label, below) => Plot.plot({
      ...base(width, below ? 150 : 200), marginTop: below ? 22 : 30, marginBottom: below ? 36 : 22,
      x: { ...across, label: below ? "batch →" : null },
      y: { label, tickFormat: (one) => show(one, unit), ticks: 4, zero: true, nice: true },
      marks: [
        Plot.gridY({ ...grid, ticks: 4 }),
        ...(below ? [] : [Plot.areaY(rows.filter((one) => one.low), { x: "batch", y1: "low", y2: "high", fill: "var(--accent)", fillOpacity: 0.2 })]),
        Plot.ruleX(notes, { x: "batch", stroke: "var(--ink)", strokeDasharray: "3 3", strokeOpacity: 0.6 }),
        Plot.lineY(rows, { x: "batch", y: key, stroke: "var(--accent)", strokeWidth: 2 }),
        Plot.dot(rows, {
          x: "batch", y: key, r: 4, ...paint(data.origin), tip,
          title: (one) => `batch ${one.batch}\n${show(one.throughput, "1/s")} (${show(one.low, "1/s")} to ${show(one.high, "1/s")})\n${show(one.latency_p50, "s")} a run`,
        }),
        ...(below ? [] : [Plot.text(notes, {
          x: "batch", y: key, text: (one) => `${one.name}: ${one.batch}`, dy: -12, fill: "var(--ink)", fontWeight: 600,
          textAnchor: "middle", stroke: "var(--paper)", strokeWidth: 4,
        })]),
      ],
    });
    const upper = half("throughput", "1/s", "↑ items a second", false);
    return rows.every((one) => one.latency_p50) ? together(upper, half("latency_p50", "s", "↑ p50 of one run", true)) : upper;
  }

  function roofline(data, width) {
    const dots = data.dots, all = [...dots, ...(data.model ? [data.model] : [])];
    const fastest = d3.max(data.levels, (one) => one.rate), slowest = d3.min(data.levels, (one) => one.rate);
    const ridge = data.peak / slowest;
    const x1 = Math.min(d3.min(all, (one) => one.x), data.peak / fastest) / 2, x2 = Math.max(d3.max(all, (one) => one.x), ridge) * 2;
    const y1 = Math.min(d3.min(all, (one) => one.y), slowest * x1) / 1.5, y2 = data.peak * 2.2;
    const roofs = data.levels.map((one) => ({ ...one, from: Math.max(x1, y1 / one.rate), to: data.peak / one.rate }));
    const first = d3.min(roofs, (one) => one.to);
    const colours = { compute: "accent", memory: "doubt", overhead: "quiet", "": "quiet" };
    const named = d3.sort(dots, (one) => -(one.share ?? 0)).slice(0, width < 500 ? 3 : 6);
    const plot = Plot.plot({
      ...base(width, width < 500 ? 300 : 380), marginLeft: 84,
      x: { type: "log", domain: [x1, x2] },
      y: { type: "log", domain: [y1, y2] },
      r: { range: [3, 15], domain: [0, Math.max(0.01, d3.max(dots, (one) => one.share ?? 0) ?? 0.01)] },
      marks: [
        Plot.gridY({ ...grid, ticks: logTicks(y1, y2, 6) }), Plot.gridX({ ...grid, ticks: logTicks(x1, x2, few(width)) }),
        axisX(logTicks(x1, x2, few(width)), (one) => String(Number(one.toPrecision(2))), { label: "FLOPs a byte moved →" }),
        axisY(logTicks(y1, y2, 6), (one) => show(one, "FLOP/s"), { label: "↑ FLOP/s" }),
        Plot.link(roofs, { x1: "from", y1: (one) => one.from * one.rate, x2: "to", y2: () => data.peak, stroke: "var(--ink)", strokeWidth: 1.5, strokeOpacity: 0.7 }),
        Plot.link([0], { x1: () => first, y1: () => data.peak, x2: () => x2, y2: () => data.peak, stroke: "var(--ink)", strokeWidth: 2 }),
        Plot.text([0], { x: () => x2, y: () => data.peak, text: () => `${show(data.peak, "FLOP/s")}${width < 500 ? "" : " reached in a matrix product"}`, dy: -9, textAnchor: "end", fill: "var(--ink)" }),
        Plot.text(roofs.filter((_, at) => width >= 500 && (at === 0 || at === roofs.length - 1)), {
          x: (one) => Math.sqrt(one.from * one.to), y: (one) => Math.sqrt(one.from * one.to) * one.rate, dy: -8, textAnchor: "end", fill: "var(--ink)",
          text: (one) => `${show(one.rate, "B/s")} in ${one.name}`, stroke: "var(--paper)", strokeWidth: 4,
        }),
        Plot.dot(dots, {
          x: "x", y: "y", r: (one) => one.share ?? 0.001, fill: "var(--paper)", fillOpacity: 0.6, stroke: (one) => `var(--${colours[one.bound]})`, strokeWidth: 2, tip,
          title: (one) => `${one.name}\n${one.type}${one.bound ? `, bound by ${one.bound}` : ""}\n${show(one.y, "FLOP/s")} at ${one.x.toPrecision(3)} FLOP/B${one.share ? `\n${(100 * one.share).toPrecision(3)} % of the time` : ""}`,
        }),
        ...(data.model ? [Plot.dot([data.model], { x: "x", y: "y", r: 6, symbol: "diamond", fill: "var(--paper)", stroke: "var(--ink)", strokeWidth: 2, tip, title: () => `the whole model\n${show(data.model.y, "FLOP/s")}` }),
          Plot.text([data.model], { x: "x", y: "y", text: () => "whole model", dy: 18, fill: "var(--ink)", fontWeight: 600, stroke: "var(--paper)", strokeWidth: 4 })] : []),
        Plot.text(named, { x: "x", y: "y", text: (one) => one.type || one.name, dy: 18, fill: "var(--soft)", stroke: "var(--paper)", strokeWidth: 3 }),
      ],
    });
    const key = note();
    for (const [bound, colour] of [["compute", "accent"], ["memory", "doubt"], ["overhead", "quiet"]]) {
      const one = document.createElement("span");
      one.textContent = `○ bound by ${bound}  `;
      one.style.color = `var(--${colour})`;
      if (dots.some((dot) => dot.bound === bound)) key.append(one);
    }
    const size = document.createElement("span");
    size.textContent = dots.length ? "the larger, the more of the time" : "no operator has both MACs and a time of its own";
    key.append(size);
    if (width < 500) key.append(`; roofs: ${data.levels.map((one) => `${show(one.rate, "B/s")} in ${one.name}`).join(", ")}`);
    return together(plot, key);
  }

  const labelled = (rows, width) => Math.min(width * 0.42, 14 + 7 * d3.max(rows, (one) => one.name.length));

  function bars(data, width) {
    const rows = data.rows, left = labelled(rows, width);
    return Plot.plot({
      ...base(width, 46 + 34 * rows.length), marginLeft: left, marginRight: 86, marginTop: 6,
      x: { label: null, tickFormat: (one) => show(one, data.unit), ticks: evenTicks(0, d3.max(rows, (one) => one.high ?? one.value), data.unit, few(width)), domain: [0, d3.max(rows, (one) => one.high ?? one.value)] },
      y: { label: null, domain: rows.map((one) => one.name), padding: 0.35, tickSize: 0 },
      marks: [
        Plot.gridX(grid),
        ...rows.map((one) => Plot.barX([one], { x: "value", y: "name", ...paint(one.origin), rx: 2, tip, title: () => `${one.name}: ${one.shown}\n${one.interval}\n${one.origin}` })),
        Plot.ruleY(rows.filter((one) => one.low !== null), { y: "name", x1: "low", x2: "high", stroke: "var(--ink)", strokeWidth: 2 }),
        Plot.text(rows, { x: (one) => one.high ?? one.value, y: "name", text: "shown", dx: 6, textAnchor: "start", fill: "var(--ink)" }),
      ],
    });
  }

  function bands(data, width) {
    const rows = data.rows.map((one) => ({ ...one, from: (one.low ?? one.value) / one.value, to: (one.high ?? one.value) / one.value }));
    const reach = Math.min(Math.max(2, d3.max(rows, (one) => Math.max(one.to, 1 / Math.max(one.from, 1e-3)))) * 1.15, 16);
    const narrow = width < 500, left = labelled(rows, width);
    const ticks = [0.125, 0.25, 0.5, 1, 2, 4, 8].filter((one) => one >= 1 / reach && one <= reach);
    return Plot.plot({
      ...base(width, 56 + (narrow ? 50 : 40) * rows.length), marginLeft: left, marginTop: 8,
      x: { type: "log", domain: [1 / reach, reach] },
      y: { label: null, domain: rows.map((one) => one.name), padding: 0.5, tickSize: 0 },
      marks: [
        Plot.gridX({ ...grid, ticks }),
        axisX(ticks, (one) => `${one}×`, { label: "times the value →" }),
        Plot.ruleX([1], { stroke: "var(--ink)", strokeOpacity: 0.5 }),
        ...rows.map((one) => Plot.barX([one], { x1: (row) => Math.max(row.from, 1 / reach) * 0.995, x2: (row) => Math.min(row.to, reach) * 1.005, y: "name", ...paint(one.origin), rx: 3, tip, title: () => `${one.name}: ${one.shown}\n${one.interval}\n${one.origin}` })),
        Plot.text(rows, { x: 1, y: "name", dy: narrow ? -19 : -17, fill: "var(--ink)", text: (one) => one.interval ? `${one.shown} (${one.interval})` : one.shown, stroke: "var(--paper)", strokeWidth: 4 }),
      ],
    });
  }

  function stack(data, width) {
    const names = d3.groups(data.rows, (one) => one.bar).map(([bar]) => bar);
    const both = together();
    for (const bar of names) {
      const rows = data.rows.filter((one) => one.bar === bar), used = d3.sum(rows, (one) => one.value), room = data.room[bar];
      const over = room !== undefined && used > room, most = Math.max(used, room ?? 0);
      let at = 0;
      const parts = rows.map((one) => ({ ...one, from: at, to: (at += one.value) }));
      const whole = width < 500 ? 3 : 5;
      both.append(Plot.plot({
        ...base(width, 118), marginLeft: 48, marginTop: 34, marginRight: 20,
        x: { label: null, domain: [0, most], ticks: evenTicks(0, most, "B", few(width)), tickFormat: (one) => show(one, "B") },
        y: { label: null, domain: [bar], tickSize: 0, padding: 0.15 },
        marks: [
          ...(room === undefined ? [] : [Plot.barX([0], { x1: 0, x2: room, y: () => bar, fill: "var(--grid)" })]),
          ...parts.map((one, place) => Plot.barX([one], { x1: "from", x2: "to", y: "bar", ...paint("emulated", over ? "bad" : "accent"), fillOpacity: 1 - 0.16 * place, tip, title: () => `${one.section}: ${one.shown}\nemulated` })),
          ...(room === undefined ? [] : [Plot.tickX([room], { x: (one) => one, y: () => bar, stroke: over ? "var(--bad)" : "var(--ink)", strokeWidth: 2.5 })]),
          Plot.text([0], { frameAnchor: "top-left", dy: -26, textAnchor: "start", fill: "var(--ink)", fontWeight: 600,
            text: () => `${show(used, "B")}${room === undefined ? "" : ` of ${show(room, "B")}, ${Number((100 * used / room).toPrecision(2))} %`}` }),
          Plot.text([0], { frameAnchor: "top-left", dy: -11, textAnchor: "start", fill: "var(--soft)", text: () => parts.slice(0, whole).map((one) => `${one.section} ${one.shown}`).join(", ") }),
        ],
      }));
    }
    return both;
  }

  function sustained(data, width) {
    const rows = data.rows, both = together();
    const lines = [["throughput", "1/s", "↑ items a second"], ["frequency_max_hz", "Hz", "↑ clock"], ["temperature_celsius", "1", "↑ °C"]];
    for (const [key, unit, label] of lines) {
      const known = rows.filter((one) => key in one);
      if (known.length < 2) continue;
      both.append(Plot.plot({
        ...base(width, key === "throughput" ? 200 : 130),
        x: { label: "seconds →", tickFormat: (one) => show(one, "s"), ticks: few(width) },
        y: { label, tickFormat: (one) => show(one, unit), ticks: 4, zero: key === "throughput", nice: true },
        marks: [
          Plot.gridY({ ...grid, ticks: 4 }),
          Plot.lineY(known, { x: (one) => one.start + one.seconds / 2, y: key, stroke: "var(--accent)", strokeWidth: 2 }),
          Plot.dot(known, { x: (one) => one.start + one.seconds / 2, y: key, r: 2.5, fill: "var(--accent)", tip, title: (one) => `${show(one.start, "s")}\n${show(one[key], unit)}` }),
        ],
      }));
    }
    return both;
  }

  return { draw: { spread, trials, sweep, roofline, bars, bands, stack, sustained }, paint, base, grid, tip, few, logTicks, axisX, axisY };
})();
