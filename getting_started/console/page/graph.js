// Where the widgets of a flow stand: rows by distance from the trigger, few crossings, straight ways.

export const NODE = { width: 164, height: 46 };
const GAP = { x: 26, y: 44 };
const SWEEPS = 24;

/** `{nodes: [{name, widget, x, y}], edges: [{from, event, to, label, points}], width, height}`. */
export function layOut({ initial_state, states }) {
  const widgets = new Map(states.map((widget) => [widget.name, widget]));
  const edges = edgesOf(states, widgets);
  const rows = rowsOf(initial_state, widgets, edges);
  const graph = withBends(rows, edges);
  order(graph);
  place(graph);
  return measure(graph, widgets, edges);
}

function edgesOf(states, widgets) {
  return states.flatMap(({ name, transitions }) =>
    transitions
      .filter(({ next }) => widgets.has(next))
      .map(({ event, next, conditions }) => ({ from: name, event, to: next, label: conditions?.[0]?.friendly_name || event })),
  );
}

/** The shortest way from the trigger gives the row; what nothing leads to stands in the first. */
function rowsOf(start, widgets, edges) {
  const rows = new Map([[start, 0]]);
  const ahead = [start];
  for (const name of ahead) {
    for (const { from, to } of edges) {
      if (from === name && !rows.has(to)) {
        rows.set(to, rows.get(name) + 1);
        ahead.push(to);
      }
    }
  }
  for (const name of widgets.keys()) if (!rows.has(name)) rows.set(name, 0);
  return rows;
}

/** A way over several rows bends once in each, so that it passes beside the widgets there. */
function withBends(rows, edges) {
  const layers = [];
  const vertices = new Map();
  const add = (key, row, isBend) => {
    const vertex = { key, row, isBend, above: [], below: [], width: isBend ? 8 : NODE.width };
    vertices.set(key, vertex);
    (layers[row] ??= []).push(vertex);
    return vertex;
  };
  for (const [name, row] of rows) add(name, row, false);
  edges.forEach((edge, index) => {
    const [first, last] = [vertices.get(edge.from), vertices.get(edge.to)];
    const step = Math.sign(last.row - first.row);
    edge.way = [first];
    for (let row = first.row + step; step && row !== last.row; row += step) {
      edge.way.push(add(`${index}:${row}`, row, true));
    }
    edge.way.push(last);
    edge.way.slice(1).forEach((vertex, place) => connect(edge.way[place], vertex));
  });
  return { layers, edges };
}

function connect(one, other) {
  if (one.row === other.row) return;
  const [upper, lower] = one.row < other.row ? [one, other] : [other, one];
  upper.below.push(lower);
  lower.above.push(upper);
}

function order({ layers }) {
  const number = (layer) => layer.forEach((vertex, index) => (vertex.order = index));
  layers.forEach(number);
  let best = { crossings: Infinity, orders: [] };
  for (let sweep = 0; sweep < SWEEPS && best.crossings; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : [...layers].reverse()) {
      const weight = new Map(layer.map((vertex) => [vertex, mean(isDown ? vertex.above : vertex.below, vertex.order, (one) => one.order)]));
      layer.sort((one, other) => weight.get(one) - weight.get(other) || one.order - other.order);
      number(layer);
    }
    const crossings = countCrossings(layers);
    if (crossings < best.crossings) best = { crossings, orders: layers.map((layer) => [...layer]) };
  }
  best.orders.forEach((kept, row) => {
    layers[row] = kept;
    number(kept);
  });
}

function mean(vertices, otherwise, read) {
  return vertices.length ? vertices.reduce((sum, one) => sum + read(one), 0) / vertices.length : otherwise;
}

function countCrossings(layers) {
  let crossings = 0;
  for (const layer of layers) {
    const lines = layer.flatMap((upper) => upper.below.map((lower) => [upper.order, lower.order]));
    lines.forEach(([a, b], index) => {
      for (const [c, d] of lines.slice(index + 1)) if ((a - c) * (b - d) < 0) crossings += 1;
    });
  }
  return crossings;
}

/** Each vertex as near to the middle of its neighbours as the ones beside it allow. */
function place({ layers }) {
  for (const layer of layers) {
    let x = 0;
    for (const vertex of layer) {
      vertex.x = x + vertex.width / 2;
      x += vertex.width + GAP.x;
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : [...layers].reverse()) {
      const wanted = layer.map((vertex) => mean(isDown ? vertex.above : vertex.below, vertex.x, (one) => one.x));
      settle(layer, wanted);
    }
  }
}

/** Least squares in order: who would overlap move as one block. */
function settle(layer, wanted) {
  const offsets = [];
  let offset = 0;
  layer.forEach((vertex, index) => {
    if (index) offset += (layer[index - 1].width + vertex.width) / 2 + GAP.x;
    offsets.push(offset);
  });
  const blocks = [];
  wanted.forEach((x, index) => {
    blocks.push({ sum: x - offsets[index], count: 1 });
    while (blocks.length > 1 && average(blocks.at(-2)) > average(blocks.at(-1))) {
      const last = blocks.pop();
      blocks.at(-1).sum += last.sum;
      blocks.at(-1).count += last.count;
    }
  });
  let index = 0;
  for (const block of blocks) {
    for (let count = 0; count < block.count; count += 1, index += 1) layer[index].x = average(block) + offsets[index];
  }
}

function average({ sum, count }) {
  return sum / count;
}

function measure({ layers }, widgets, edges) {
  const all = layers.flat();
  const left = Math.min(...all.map(({ x, width }) => x - width / 2));
  for (const vertex of all) {
    vertex.x -= left;
    vertex.y = vertex.row * (NODE.height + GAP.y) + NODE.height / 2;
  }
  return {
    nodes: all.filter(({ isBend }) => !isBend).map(({ key, x, y }) => ({ name: key, widget: widgets.get(key), x, y })),
    edges: edges.map(({ way, ...edge }) => ({ ...edge, path: draw(way) })),
    width: Math.max(...all.map(({ x, width }) => x + width / 2)),
    height: layers.length * (NODE.height + GAP.y) - GAP.y,
  };
}

/** A smooth way through its bends, from the lower edge of one widget to the upper one of the next. */
function draw(way) {
  const [first, last] = [way[0], way.at(-1)];
  const half = NODE.height / 2;
  if (first.row === last.row) {
    const below = first.y + half + GAP.y * 0.62;
    return `M${first.x} ${first.y + half}C${first.x} ${below} ${last.x} ${below} ${last.x} ${last.y + half + 2}`;
  }
  const isUp = last.row < first.row;
  const points = way.map(({ x, y, isBend }, index) => {
    if (isBend) return [x, y];
    return [x, y + (index === 0) * half * (isUp ? -1 : 1) + (index > 0) * half * (isUp ? 1 : -1)];
  });
  return points.slice(1).reduce((path, [x, y], index) => {
    const [fromX, fromY] = points[index];
    const middle = (fromY + y) / 2;
    return `${path}C${fromX} ${middle} ${x} ${middle} ${x} ${y}`;
  }, `M${points[0][0]} ${points[0][1]}`);
}
