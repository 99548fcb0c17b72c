'use strict';
// The page's data: see SizeReport.cs. Everything is put into the page as text, never as markup: file names are hostile.
const data = JSON.parse(document.getElementById('data').textContent);
const byId = id => document.getElementById(id);
const LARGEST = 50, MAX_CELLS = 2500, MAX_IN_FOLDER = 300, MAX_COLOURS = 60, MAX_DEPTH = 9, SMALLEST = 24, HEADER = 17;

// ---- the tree by folder, and the same files by package

function node(name, path, parent) {
  return { name, path, parent, size: 0, packed: 0, files: 0, pkg: -1, children: null };
}

function add(parent, child) {
  parent.children.push(child);
  for (const key of ['size', 'packed', 'files']) parent[key] += child[key];
}

function read(entries, folder) {
  folder.children = [];
  for (const [name, second, packed, pkg] of entries) {
    const child = node(name, folder.path + '/' + name, folder);
    if (Array.isArray(second)) read(second, child);
    else Object.assign(child, { size: second, packed, pkg, files: 1 });
    if (child.files > 0) add(folder, child);
  }
  return folder;
}

function leaves(from, found = []) {
  if (!from.children) found.push(from);
  else for (const child of from.children) leaves(child, found);
  return found;
}

function byPackage(files) {
  const root = Object.assign(node('all packages', '', null), { children: [] });
  const packages = data.packages.map(([name, version], number) => Object.assign(node(name, name, root), { children: [], version, pkg: number }));
  const none = Object.assign(node('no package', 'no package', root), { children: [], version: '' });
  for (const file of files) {
    const parent = packages[file.pkg] ?? none;
    add(parent, Object.assign(node(file.name, file.path, parent), { size: file.size, packed: file.packed, pkg: file.pkg, files: 1 }));
  }
  for (const parent of [...packages, none]) if (parent.files > 0) add(root, parent);
  return root;
}

const folders = Object.assign(read(data.tree, node('/', '', null)), { name: '/' });
const packages = byPackage(leaves(folders));
let at = folders, measure = 'size', query = '';

// ---- numbers for people

function bytes(count) {
  if (count < 1000) return count + ' B';
  const unit = count < 999950 ? 1 : count < 999950000 ? 2 : 3;
  return (count / 1000 ** unit).toFixed(1) + ' ' + ['', 'kB', 'MB', 'GB'][unit];
}

function percent(part, whole) {
  const share = whole > 0 ? 100 * part / whole : 0;
  return (share < 10 ? share.toFixed(1) : share.toFixed(0)) + ' %';
}

const grouped = count => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
const counted = (count, word) => grouped(count) + ' ' + word + (count === 1 ? '' : 's');
const shown = item => item.path === '' ? item.name : item.path;
const rootOf = item => item.parent ? rootOf(item.parent) : item;

function element(tag, text, parent) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

// ---- the treemap

// Rows along the shorter side, each as long as its cells get squarer by one more (Bruls, Huizing, van Wijk: squarified treemaps).
function squarify(items, x, y, width, height, place) {
  let total = items.reduce((sum, item) => sum + item[measure], 0), first = 0;
  while (first < items.length && total > 0 && width > 0 && height > 0) {
    const side = Math.min(width, height), scale = width * height / total;
    let sum = 0, worst = Infinity, end = first;
    for (; end < items.length; end++) {
      const next = sum + items[end][measure], row = next * scale;
      const ratio = Math.max(side * side * items[first][measure] * scale / (row * row), row * row / (side * side * items[end][measure] * scale));
      if (ratio > worst) break;
      [sum, worst] = [next, ratio];
    }
    const thick = Math.min(sum * scale / side, Math.max(width, height));
    let offset = 0;
    for (let i = first; i < end; i++) {
      const along = items[i][measure] / sum * side;
      if (width >= height) place(items[i], x, y + offset, thick, along);
      else place(items[i], x + offset, y, along, thick);
      offset += along;
    }
    if (width >= height) [x, width] = [x + thick, width - thick];
    else [y, height] = [y + thick, height - thick];
    [first, total] = [end, total - sum];
  }
}

// What would be smaller than can be seen becomes one cell.
function visible(folder, area) {
  const sorted = folder.children.filter(child => child[measure] > 0).sort((a, b) => b[measure] - a[measure]);
  const scale = area / Math.max(1, folder[measure]);
  const small = sorted.findIndex(child => child[measure] * scale < SMALLEST);
  const count = Math.min(small < 0 ? sorted.length : small, MAX_IN_FOLDER);
  if (count === sorted.length) return sorted;
  const rest = { name: '… ' + grouped(sorted.length - count) + ' smaller', path: shown(folder) + ': ' + grouped(sorted.length - count) + ' smaller', parent: folder, rest: true, size: 0, packed: 0, files: 0, children: null };
  for (const child of sorted.slice(count)) for (const key of ['size', 'packed', 'files']) rest[key] += child[key];
  return rest[measure] > 0 ? [...sorted.slice(0, count), rest] : sorted.slice(0, count);
}

// Which folders get a colour of their own: where one holds most of everything, those in it.
function colours(root) {
  const groups = [root];
  for (let i = 0; i < groups.length && groups.length < MAX_COLOURS; i++) {
    const folder = groups[i];
    if (!folder.children || (folder !== root && folder[measure] < root[measure] / 8)) continue;
    groups.push(...folder.children.filter(child => child[measure] > 0));
  }
  groups.sort((a, b) => b[measure] - a[measure]);
  return new Map(groups.map((group, i) => [group, Math.round(212 + 137.5 * i) % 360]));
}

// Level by level, so that what is seen best is drawn before the last cell is spent.
function draw() {
  const map = byId('map'), cells = document.createDocumentFragment(), hues = colours(at);
  const pending = [{ folder: at, x: 0, y: 0, width: map.clientWidth, height: map.clientHeight, depth: 0, hue: 212 }];
  let count = 0;
  for (let next = 0; next < pending.length; next++) {
    const { folder, x, y, width, height, depth, hue } = pending[next];
    squarify(visible(folder, width * height), x, y, width, height, (item, left, top, across, down) => {
      if (count++ >= MAX_CELLS) return;
      const own = hues.get(item) ?? hue, isTiny = across < 34 || down < 15;
      const cell = element('div', undefined, cells);
      cell.item = item;
      cell.className = 'cell' + (item.children ? ' folder' : '') + (item.rest ? ' rest' : '') + (isTiny ? ' tiny' : '');
      cell.style.cssText = `left:${left.toFixed(1)}px;top:${top.toFixed(1)}px;width:${across.toFixed(1)}px;height:${down.toFixed(1)}px`;
      cell.style.setProperty('--hue', own);
      cell.tabIndex = -1;
      cell.setAttribute('role', 'button');
      cell.setAttribute('aria-label', described(item));
      if (!isTiny) {
        cell.textContent = item.name;
        if (across > 110) element('b', bytes(item[measure]), cell);
      }
      if (item.children && depth < MAX_DEPTH && across > 34 && down > HEADER + 12)
        pending.push({ folder: item, x: left + 2, y: top + HEADER, width: across - 4, height: down - HEADER - 2, depth: depth + 1, hue: own });
    });
  }
  map.replaceChildren(cells);
  if (map.firstChild) map.firstChild.tabIndex = 0;
  else element('p', 'Nothing here takes space.', map);
  mark();
}

function described(item) {
  const whole = rootOf(item)[measure];
  const owner = !item.children && !item.rest ? data.packages[item.pkg] : undefined;
  return `${shown(item)}: ${bytes(item.size)}, compressed about ${bytes(item.packed)}, ${percent(item[measure], whole)} of all`
    + (item.files > 1 ? `, ${counted(item.files, 'file')}` : '') + (owner ? `, package ${owner[0]}` : '');
}

// ---- searching

function matches(item) {
  return item.rest ? false : item.children ? item.children.some(matches) : item.path.toLowerCase().includes(query);
}

function mark() {
  byId('map').classList.toggle('searching', query !== '');
  for (const cell of byId('map').children) if (cell.item) cell.classList.toggle('hit', query !== '' && matches(cell.item));
}

// ---- what is beside the map

function trail() {
  const bar = byId('trail');
  bar.replaceChildren();
  const way = [];
  for (let item = at; item; item = item.parent) way.unshift(item);
  for (const item of way) {
    if (item.parent && item.parent.parent) bar.append(' / ');
    else if (item.parent) bar.append(' ');
    const button = element('button', item.name, bar);
    button.disabled = item === at;
    button.addEventListener('click', () => go(item));
  }
  element('span', `${bytes(at.size)} uncompressed, about ${bytes(at.packed)} compressed, ${counted(at.files, 'file')}`, bar).className = 'size';
}

function number(row, value, most) {
  const cell = element('td', bytes(value), row);
  cell.className = 'number';
  cell.style.setProperty('--share', (most > 0 ? 100 * value / most : 0).toFixed(1) + '%');
}

function largest() {
  const found = leaves(at).filter(file => query === '' || file.path.toLowerCase().includes(query));
  const total = found.reduce((sum, file) => sum + file[measure], 0);
  found.sort((a, b) => b[measure] - a[measure] || (a.path < b.path ? -1 : 1));
  const top = found.slice(0, LARGEST);
  byId('largest-title').textContent = `Largest files in ${shown(at)}` + (query === '' ? '' : ` with “${query}”`) + `: ${top.length} of ${grouped(found.length)}, ${bytes(total)} in all`;
  const body = byId('largest').tBodies[0];
  body.replaceChildren();
  const [most, mostPacked] = [Math.max(0, ...top.map(file => file.size)), Math.max(0, ...top.map(file => file.packed))];
  for (const file of top) {
    const row = element('tr', undefined, body);
    element('td', file.path, row);
    element('td', data.packages[file.pkg]?.[0] ?? '', row);
    number(row, file.size, most);
    number(row, file.packed, mostPacked);
  }
}

function packageTable(key) {
  const rows = packages.children.filter(item => item.pkg >= 0);
  byId('packages-section').hidden = rows.length === 0;
  const text = key === 'name' || key === 'version';
  rows.sort((a, b) => (text ? 0 : b[key] - a[key]) || (a[text ? key : 'name'] < b[text ? key : 'name'] ? -1 : 1));
  for (const button of byId('packages').querySelectorAll('button'))
    if (button.dataset.sort === key) button.setAttribute('aria-sort', text ? 'ascending' : 'descending');
    else button.removeAttribute('aria-sort');
  const body = byId('packages').tBodies[0];
  body.replaceChildren();
  const [most, mostPacked] = [Math.max(0, ...rows.map(item => item.size)), Math.max(0, ...rows.map(item => item.packed))];
  for (const item of rows) {
    const row = element('tr', undefined, body);
    element('td', item.name, row);
    element('td', item.version, row);
    element('td', grouped(item.files), row).className = 'number';
    number(row, item.size, most);
    number(row, item.packed, mostPacked);
  }
}

// ---- moving about

function go(item) {
  const focused = byId('map').contains(document.activeElement), from = at;
  at = item;
  byId('status').textContent = '';
  trail();
  draw();
  largest();
  if (focused) focusOn([...byId('map').children].find(cell => cell.item === from) ?? byId('map').firstChild);
}

function focusOn(cell) {
  if (!cell || !cell.item) return;
  for (const other of byId('map').querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus();
}

// The nearest cell in a direction: sideways distance counts double.
function neighbour(cell, dx, dy) {
  const middle = other => { const box = other.getBoundingClientRect(); return [box.left + Math.min(box.width, 40) / 2, box.top + Math.min(box.height, 16) / 2]; };
  const [x, y] = middle(cell);
  let best = null, least = Infinity;
  for (const other of byId('map').children) {
    if (other === cell || !other.item) continue;
    const [ox, oy] = middle(other), ahead = (ox - x) * dx + (oy - y) * dy, aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
    if (ahead > 1 && ahead + 2 * aside < least) [best, least] = [other, ahead + 2 * aside];
  }
  return best;
}

byId('map').addEventListener('keydown', event => {
  const cell = event.target.closest('.cell');
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (step && cell) focusOn(neighbour(cell, ...step));
  else if ((event.key === 'Enter' || event.key === ' ') && cell) enter(cell.item);
  else if ((event.key === 'Backspace' || event.key === 'Escape') && at.parent) go(at.parent);
  else return;
  event.preventDefault();
});

function enter(item) {
  const target = item.children ? item : item.parent;
  if (target !== at) go(target);
}

byId('map').addEventListener('click', event => { const cell = event.target.closest('.cell'); if (cell) enter(cell.item); });
for (const kind of ['mouseover', 'focusin'])
  byId('map').addEventListener(kind, event => { const cell = event.target.closest('.cell'); if (cell) byId('status').textContent = described(cell.item); });
for (const choice of document.querySelectorAll('input[name=view]'))
  choice.addEventListener('change', () => go(choice.value === 'packages' ? packages : folders));
for (const choice of document.querySelectorAll('input[name=measure]'))
  choice.addEventListener('change', () => { measure = choice.value; go(at); });
byId('search').addEventListener('input', () => { query = byId('search').value.trim().toLowerCase(); mark(); largest(); });
for (const button of byId('packages').querySelectorAll('button'))
  button.addEventListener('click', () => packageTable(button.dataset.sort));
window.addEventListener('resize', draw);

byId('title').textContent = data.title;
byId('facts').textContent = [
  data.file === data.title ? '' : data.file, data.system, data.date,
  counted(folders.files, 'file'), packages.children.some(item => item.pkg >= 0) ? counted(data.packages.length, 'package') : '',
  bytes(folders.size) + ' uncompressed',
  data.packed ? `${bytes(data.packed)} compressed (${percent(data.packed, folders.size)})` : `about ${bytes(folders.packed)} compressed`,
].filter(fact => fact !== '').join(' · ');
go(folders);
packageTable('size');
document.documentElement.dataset.ready = 'yes';
