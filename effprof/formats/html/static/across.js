// The charts of several reports together: what was gained and paid, the frontier, the way in time.
(() => {
  const { show } = units;
  const { draw, paint, base, grid, tip, few, logTicks, axisX, axisY } = charts;
  const colours = { better: "good", worse: "bad", undecided: "doubt", same: "quiet", none: "quiet" };

  draw.forest = (data, width) => {
    const rows = data.rows, narrow = width < 500;
    const left = Math.min(narrow ? 132 : 190, 14 + 7 * d3.max(rows, (one) => one.metric.length));
    const ends = [d3.min(rows, (one) => one.low ?? one.ratio), d3.max(rows, (one) => one.high ?? one.ratio)];
    const low = Math.max(Math.min(ends[0], 0.8) * 0.85, 1e-4), high = Math.min(Math.max(ends[1], 1.25) * 1.18, 1e4);
    const inside = (one) => Math.min(Math.max(one, low), high);
    return Plot.plot({
      ...base(width, 60 + 22 * rows.length), marginLeft: left, marginTop: 26, marginRight: narrow ? 62 : 84,
      x: { type: "log", domain: [low, high] },
      y: { label: null, domain: rows.map((one) => one.metric), tickSize: 0 },
      marks: [
        Plot.gridX({ ...grid, ticks: logTicks(low, high, few(width)) }),
        axisX(logTicks(low, high, few(width)), (one) => `${Number(one.toPrecision(2))}×`, { anchor: "top", label: null }),
        Plot.ruleX([1], { stroke: "var(--ink)" }),
        ...rows.flatMap((one) => {
          const style = paint(one.origin, colours[one.verdict]);
          return [
            Plot.ruleY([one], { y: "metric", x1: inside(one.low ?? one.ratio), x2: inside(one.high ?? one.ratio), stroke: style.stroke, strokeWidth: 3, strokeOpacity: 0.45 }),
            Plot.dot([one], { y: "metric", x: inside(one.ratio), r: 5, ...style, tip, title: () => `${one.metric}: ${Number(one.ratio.toPrecision(3))}×${one.low === null ? "" : ` (${Number(one.low.toPrecision(3))} to ${Number(one.high.toPrecision(3))})`}\n${one.verdict}, ${one.origin}` }),
          ];
        }),
        Plot.text(rows, { y: "metric", frameAnchor: "right", dx: narrow ? 58 : 80, textAnchor: "end", text: (one) => one.verdict === "undecided" ? "can't tell" : one.verdict, fill: (one) => `var(--${colours[one.verdict]})`, fontWeight: 600 }),
      ],
    });
  };

  draw.frontier = (data, width) => {
    const points = data.points;
    const axis = (key, ends, which) => {
      const known = points.flatMap((one) => [one[key], one[ends[0]], one[ends[1]]]).filter((one) => one !== null && one !== undefined);
      const low = d3.min(known), high = d3.max(known), log = low > 0 && high > low * 3;
      const pad = (high - low || Math.abs(high) || 1) * 0.12;
      const domain = log ? [low / 1.25, high * 1.25] : [low - pad, high + pad];
      return { type: log ? "log" : "linear", domain, ticks: log ? logTicks(...domain, which === "x" ? few(width) : 6) : d3.ticks(...domain, which === "x" ? few(width) : 6), tickFormat: (one) => show(one, data[which].unit), label: `${which === "y" ? "↑ " : ""}${data[which].key}, ${data[which].better} is better${which === "x" ? " →" : ""}` };
    };
    const x = axis("x", ["x1", "x2"], "x"), y = axis("y", ["y1", "y2"], "y");
    const front = d3.sort(points.filter((one) => one.standing === "frontier"), (one) => one.x);
    const between = (name) => points.filter((one) => one[`${name}1`] !== null && one[`${name}1`] !== undefined);
    return Plot.plot({
      ...base(width, width < 500 ? 300 : 360), marginLeft: 74, marginTop: 26,
      x: { type: x.type, domain: x.domain }, y: { type: y.type, domain: y.domain },
      marks: [
        axisX(x.ticks, x.tickFormat, { label: x.label }), axisY(y.ticks, y.tickFormat, { label: y.label }),
        Plot.gridX({ ...grid, ticks: x.ticks }), Plot.gridY({ ...grid, ticks: y.ticks }),
        Plot.line(front, { x: "x", y: "y", curve: "step-after", stroke: "var(--good)", strokeWidth: 1.5, strokeDasharray: "4 3" }),
        Plot.ruleY(between("x"), { y: "y", x1: "x1", x2: "x2", stroke: "var(--quiet)", strokeWidth: 2, strokeOpacity: 0.6 }),
        Plot.ruleX(between("y"), { x: "x", y1: "y1", y2: "y2", stroke: "var(--quiet)", strokeWidth: 2, strokeOpacity: 0.6 }),
        ...points.map((one) => Plot.dot([one], { x: "x", y: "y", r: one.knee ? 9 : 6.5, ...paint(one.origin, { frontier: "good", dominated: "quiet", undecided: "doubt" }[one.standing]), tip, title: () => `${one.label}: ${one.name}\n${one.shown.join(", ")}\n${one.knee ? "knee of the frontier" : one.standing}, ${one.origin}` })),
        Plot.text(points, { x: "x", y: "y", text: (one) => one.knee ? `${one.label} (knee)` : one.label, dx: 12, dy: -10, textAnchor: "start", fill: "var(--ink)", fontWeight: 700, stroke: "var(--paper)", strokeWidth: 4 }),
      ],
    });
  };

  draw.trend = (data, width) => {
    const spots = data.spots.map((one) => ({ ...one, at: new Date(one.at) }));
    const same = new Set(spots.map((one) => +one.at)).size < spots.length;
    const place = same ? (_, at) => at + 1 : (one) => one.at;
    const days = (spots.at(-1).at - spots[0].at) / 864e5;
    const [least, most] = d3.extent(spots.flatMap((one) => [one.value, one.low ?? one.value, one.high ?? one.value]));
    const digits = Math.min(7, Math.max(3, Math.ceil(Math.log10(Math.abs(most) / (most - least || most || 1))) + 2)); // enough to tell ticks apart
    const ends = spots.filter((one) => one.low !== null && one.low !== undefined);
    const changes = data.changes.map((one) => spots.findIndex((spot) => +spot.at === +new Date(one))).filter((at) => at >= 0).map((at) => same ? at + 1 : spots[at].at);
    return Plot.plot({
      ...base(width, 200), marginLeft: 74,
      x: same ? { label: "report →", ticks: few(width), tickFormat: "d" } : { type: "utc", label: null, ticks: few(width * 0.8), tickFormat: d3.utcFormat(days < 2 ? "%H:%M" : days < 300 ? "%d %b" : "%b %Y") },
      y: { label: null, tickFormat: (one) => show(one, data.unit, digits), ticks: 4, nice: true },
      marks: [
        Plot.gridY({ ...grid, ticks: 4 }),
        Plot.ruleX(changes, { stroke: "var(--doubt)", strokeDasharray: "4 3", strokeWidth: 1.5 }),
        Plot.lineY(spots, { x: place, y: "value", stroke: "var(--accent)", strokeWidth: 1.5 }),
        Plot.ruleX(ends, { x: (one) => same ? spots.indexOf(one) + 1 : one.at, y1: "low", y2: "high", stroke: "var(--accent)", strokeOpacity: 0.4, strokeWidth: 2 }),
        Plot.dot(spots, { x: place, y: "value", r: 3.5, ...paint(data.origin), tip, title: (one) => `${one.at.toISOString().slice(0, 16).replace("T", " ")}\n${show(one.value, data.unit)}` }),
      ],
    });
  };
})();
