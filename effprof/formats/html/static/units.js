// Three significant digits for people, as effprof's tables show them: 12.3 ms, 4.1 MiB, 1.25 k/s.
const units = (() => {
  const ladders = {
    s: [[1e-9, "ns"], [1e-6, "µs"], [1e-3, "ms"], [1, "s"], [60, "min"], [3600, "h"], [86400, "d"], [31557600, "yr"]],
    B: [[1, "B"], [1024, "KiB"], [1024 ** 2, "MiB"], [1024 ** 3, "GiB"], [1024 ** 4, "TiB"]],
  };
  const prefixes = [[1e-9, "n"], [1e-6, "µ"], [1e-3, "m"], [1, ""], [1e3, "k"], [1e6, "M"], [1e9, "G"], [1e12, "T"], [1e15, "P"]];
  const counted = new Set(["1", "1/s", "FLOP/B", "FLOP/s", "B/s"]);

  function ladder(unit) {
    if (ladders[unit]) return ladders[unit];
    const name = unit === "1" ? "" : unit === "1/s" ? "/s" : unit;
    return prefixes.filter(([worth]) => !counted.has(unit) || worth >= 1).map(([worth, prefix]) => [worth, prefix + name]);
  }

  function step(value, unit) {
    const steps = ladder(unit), size = Math.abs(value) * 1.0005;
    return steps.findLast(([one]) => size >= one && (one < 60 || unit !== "s" || size >= 2 * one)) ?? steps[0];
  }

  function show(value, unit = "1", digits = 3) {
    if (value === null || value === undefined || !Number.isFinite(value)) return "";
    if (value === 0) return "0";
    const [worth, name] = step(value, unit);
    return `${Number((value / worth).toPrecision(digits))} ${name}`.trim();
  }

  return { show, worth: (value, unit) => step(value, unit)[0] };
})();
