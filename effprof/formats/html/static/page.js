// Draws what can be seen, sorts tables, copies the command, switches between light and dark.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const drawn = new WeakMap();

  function draw(figure) {
    const room = figure.querySelector(".plot"), width = Math.floor(room.clientWidth), one = data[figure.dataset.chart];
    if (!width || drawn.get(figure) === width || !one) return;
    drawn.set(figure, width);
    const made = charts.draw[one.kind](one, width);
    for (const svg of made.tagName === "svg" ? [made] : made.querySelectorAll("svg")) {
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", figure.querySelector("figcaption b").textContent);
    }
    room.replaceChildren(made);
  }

  const figures = [...document.querySelectorAll("figure[data-chart]")];
  const watcher = new ResizeObserver((entries) => entries.forEach((one) => draw(one.target)));
  for (const figure of figures) watcher.observe(figure);

  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details:not([open])")) {
      one.open = true;
      one.dataset.closed = "";
    }
    figures.forEach(draw);
  });
  addEventListener("afterprint", () => {
    for (const one of document.querySelectorAll("details[data-closed]")) {
      one.open = false;
      delete one.dataset.closed;
    }
  });

  function sort(table, column, head) {
    const rising = head.ariaSort ? head.ariaSort === "descending" : !head.classList.contains("num");
    for (const one of head.parentElement.children) one.removeAttribute("aria-sort");
    head.ariaSort = rising ? "ascending" : "descending";
    const body = table.tBodies[0], turn = rising ? 1 : -1;
    const worth = (row) => {
      const cell = row.cells[column];
      return cell.dataset.v !== undefined ? Number(cell.dataset.v) : cell.textContent.trim() || null;
    };
    const order = (a, b) => {
      const [x, y] = [worth(a), worth(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return turn * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true }));
    };
    body.append(...[...body.rows].sort(order));
  }
  for (const table of document.querySelectorAll("table.sortable"))
    [...table.tHead.rows[0].cells].forEach((head, column) => head.firstElementChild.addEventListener("click", () => sort(table, column, head)));

  for (const button of document.querySelectorAll("button.copy")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    });
  }

  const theme = document.getElementById("theme"), system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  theme.hidden = false;
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; });
})();
