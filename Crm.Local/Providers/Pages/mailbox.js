// The mailbox of the simulated vendors: what the app sent, and what one lets become of it.
const $ = id => document.getElementById(id);
const patience = 1500;
let list = null, message = null, selected = decodeURIComponent(location.hash.slice(1)), view = 'html', drawn = '', asked = 0;

const make = (tag, text = '', className = '') => Object.assign(document.createElement(tag), { textContent: text, className });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }), clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const short = at => new Date(at).toDateString() === new Date().toDateString() ? clock.format(new Date(at)) : day.format(new Date(at));
const long = at => new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const size = bytes => bytes < 1024 ? `${bytes} bytes` : bytes < 1048576 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1048576).toFixed(1)} MiB`;
const escape = text => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
const linked = text => escape(text).replace(/https?:\/\/[^\s<>]+[^\s<>.,;:!?)]/g, url => `<a href="${url}">${url}</a>`);
const bad = ['bounce', 'block', 'dropped', 'spamreport', 'undelivered', 'failed', 'unsubscribe'], good = ['delivered', 'open', 'click'];
const words = { open: 'opened', click: 'clicked', bounce: 'bounced', block: 'blocked', spamreport: 'marked as spam', unsubscribe: 'unsubscribed' };

function status(of) {
  const badge = make('span', words[of] ?? of, `status ${bad.includes(of) ? 'bad' : good.includes(of) ? 'good' : ''}`);
  badge.hidden = !of || of === 'accepted' || of === 'queued';
  return badge;
}

async function refresh(force = false) {
  const turn = ++asked;
  const query = new URLSearchParams({ search: $('filter').value, kind: $('kind').value });
  if (list && !force) query.set('since', list.version);
  try {
    const response = await fetch(`/mailbox/list.json?${query}`);
    if (turn !== asked || response.status === 204) return;
    list = await response.json();
    await read();
    draw();
  } catch {
    $('count').textContent = 'the local stack is not running';
    list = null;
  }
}

async function read() {
  if (!selected) { message = null; return; }
  const response = await fetch(`/mailbox/message.json?id=${encodeURIComponent(selected)}`);
  message = response.ok ? await response.json() : null;
}

async function select(id) {
  selected = id ?? '';
  history.replaceState(null, '', selected ? `#${encodeURIComponent(selected)}` : location.pathname);
  await read();
  draw();
}

function draw() {
  document.body.classList.toggle('reading', !!message);
  document.body.classList.toggle('none', list.found === 0);
  $('count').textContent = !list.total ? '' : list.found < list.total ? `${list.found} of ${list.total}` : `${list.total}`;
  const items = list.messages.map(m => {
    const item = make('li'), button = make('button'), tags = make('span', '', 'tags');
    button.setAttribute('aria-current', m.id === selected);
    tags.append(status(m.status), make('span', m.kind === 'sms' ? 'SMS' : 'E-mail', 'kind'));
    button.append(make('span', m.to, 'to'), make('span', short(m.at), 'faint at'), make('span', m.title || '(no subject)', 'subject'), make('span', m.from, 'faint'), tags);
    button.onclick = () => select(m.id);
    item.append(button);
    return item;
  });
  if (list.found > items.length) items.push(make('li', `The newest ${items.length} are shown: filter to find others.`, 'more'));
  const { scrollTop } = $('list');
  $('list').replaceChildren(...items);
  $('list').scrollTop = scrollTop;
  drawMessage();
}

function drawMessage() {
  for (const id of ['head', 'actions', 'views', 'body']) $(id).hidden = !message;
  $('empty').hidden = !!message;
  if (!message) { drawEmpty(); drawn = ''; return; }

  const facts = make('dl'), fact = (name, value) => value && facts.append(make('dt', name), make('dd', value));
  fact('To', message.to); fact('From', message.from); fact('Reply to', message.headers['Reply-To']); fact('Time', long(message.at));
  const more = make('details'), all = make('dl'), top = make('div', '', 'top'), back = make('button', '‹ All');
  for (const [name, value] of [...Object.entries(message.headers), ...Object.entries(message.customArgs).map(([n, v]) => [`${n} (custom arg)`, v]), ['Id', message.id]])
    all.append(make('dt', name), make('dd', value));
  more.append(make('summary', 'Headers and ids'), all);
  more.open = !!$('head').querySelector('details')?.open;
  back.id = 'back';
  back.onclick = () => select(null);
  top.append(back, make('h2', message.subject || (message.kind === 'sms' ? 'Text message' : '(no subject)')), status(message.status));
  $('head').replaceChildren(top, facts, more);

  const files = (message.attachments ?? []).map(file => Object.assign(make('a', `${file.fileName} (${size(file.size)})`), {
    href: `/mailbox/attachment?${new URLSearchParams({ messageId: message.id, id: file.id })}`, title: file.type, download: file.fileName,
  }));
  if (files.length) {
    const all = make('dd', '', 'files');
    all.append(...files);
    facts.append(make('dt', files.length > 1 ? 'Files' : 'File'), all);
  }

  const views = ['html', 'text'].filter(v => message[v]), current = views.includes(view) ? view : views[0];
  $('views').replaceChildren(...views.map(v => {
    const button = make('button', v === 'html' ? 'HTML' : 'Text');
    button.setAttribute('aria-pressed', v === current);
    button.onclick = () => { view = v; drawMessage(); };
    return button;
  }));
  const key = `${message.id} ${current}`;
  if (key === drawn) return;
  drawn = key;
  drawActions();
  // No script runs in there, and it belongs to no origin. To look at a mail here is not to open it: the app's pixel stays away.
  const base = '<!doctype html><base target="_blank"><meta name="color-scheme" content="light">';
  $('body').srcdoc = current === 'html' ? base + message.html.replace(/<img\b[^>]*\/t\/o\/[^>]*>/gi, '')
    : `${base}<style>body{font:15px/1.55 system-ui,sans-serif;white-space:pre-wrap;overflow-wrap:anywhere;margin:20px;color:#1b1f27}</style>${linked(message.text ?? '')}`;
}

function links() {
  const page = new DOMParser().parseFromString(message.html, 'text/html');
  const found = [...page.querySelectorAll('a[href]')].map(a => ({ url: a.getAttribute('href'), text: a.textContent.trim() || a.getAttribute('href') }))
    .filter(link => /^https?:/.test(link.url));
  return found.length ? found : [...message.text.matchAll(/https?:\/\/[^\s<>]+[^\s<>.,;:!?)]/g)].map(([url]) => ({ url, text: url }));
}

function drawActions() {
  const act = (text, run, className = '') => Object.assign(make('button', text, className), { onclick: run });
  const event = (text, kind, className) => act(text, () => happen(kind), className);
  const pick = make('select'), all = links();
  pick.setAttribute('aria-label', 'Click a link');
  pick.append(new Option('Click a link…', ''), ...all.map(({ url, text }) => new Option(text.length > 60 ? `${text.slice(0, 60)}…` : text, url)));
  pick.onchange = () => { happen('click', pick.value); pick.value = ''; };
  pick.hidden = !all.length;
  const reply = act('Reply', () => write(message));
  $('actions').replaceChildren(...(message.kind === 'email'
    ? [event('Open', 'open'), pick, reply, event('Bounce', 'bounce', 'bad'), event('Report as spam', 'spamreport', 'bad'), event('Unsubscribe', 'unsubscribe', 'bad')]
    : [event('Deliver', 'delivered'), pick, reply, event('Do not deliver', 'undelivered', 'bad'), event('Text STOP', 'unsubscribe', 'bad')]));
}

const sentence = ({ how }) => how[0].toUpperCase() + how.slice(1);

async function post(path, body) {
  const response = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const answer = await response.json();
  return { ok: response.ok, answer, error: answer.error ?? `${answer.how ? sentence(answer) : 'It was handed over'}, and the app refused: ${answer.status}.` };
}

async function happen(kind, url) {
  if (kind === 'click' && !url) return;
  const { ok, answer, error } = await post('/simulate/event', { messageId: message.id, event: kind, url });
  toast(ok ? `${sentence(answer)}: the app answered ${answer.status}${answer.leads ? `, on to ${answer.leads}` : ''}.` : error, !ok);
  await refresh();
}

let hiding;
function toast(text, isBad) {
  clearTimeout(hiding);
  Object.assign($('toast'), { textContent: text, className: isBad ? 'bad' : '', hidden: false });
  hiding = setTimeout(() => { $('toast').hidden = true; }, 6000);
}

let answers = null;
const kindWritten = () => document.querySelector('#writing input[name=kind]:checked').value;

function write(to) {
  answers = to;
  $('writing-title').textContent = to ? `Reply as ${to.to}` : 'Write to the app';
  $('writing-kind').hidden = !!to;
  document.querySelector(`#writing input[value=${to?.kind ?? 'email'}]`).checked = true;
  fill();
  $('writing-error').hidden = true;
  $('text').value = '';
  $('writing').showModal();
  (to ? $('text') : $('from')).focus();
}

function fill() {
  const sms = kindWritten() === 'sms';
  $('subject-field').hidden = sms || !!answers;
  $('from').value = answers?.to ?? (sms ? '+14155550123' : 'Cora New <cora@customer.example>');
  $('to').value = answers ? (sms ? answers.from : answers.headers['Reply-To'] ?? answers.from) : sms ? list.smsNumber : `acme@${list.inboundDomain}`;
  $('subject').value = '';
  $('writing-hint').textContent = answers ? '' : sms ? `${list.smsNumber} is the demo organisation's number.`
    : `acme@${list.inboundDomain} reaches the demo organisation; others by their own name.`;
}

async function send() {
  const [from, to, text] = ['from', 'to', 'text'].map(id => $(id).value);
  const result = kindWritten() === 'sms' ? await post('/simulate/sms', { from, to, body: text })
    : await post('/simulate/email', { from, to, text, ...(answers ? { inReplyTo: answers.id } : { subject: $('subject').value }) });
  if (result.ok) {
    $('writing').close();
    toast(`It was handed over: the app answered ${result.answer.status}.`);
  }
  Object.assign($('writing-error'), { textContent: result.ok ? '' : result.error, hidden: result.ok });
}

function drawEmpty() {
  const empty = $('empty');
  if (list.total && !list.found) { empty.replaceChildren(make('b', '✉'), 'Nothing matches.'); return; }
  if (list.total) { empty.replaceChildren(make('b', '✉'), 'Choose a message to read it, and to let something become of it.', behaviours()); return; }
  empty.replaceChildren(make('b', '✉'), 'Nothing was sent yet.', make('br'), 'Invite somebody or start a campaign: it arrives here, not in the world.', behaviours());
}

function behaviours() {
  const table = make('table');
  for (const [address, what] of [['bounce@…', 'the address does not exist'], ['block@…', 'its server refuses the mail'], ['drop@…', 'the vendor does not even try'],
    ['spam@…', 'is delivered, and reported as spam'], ['slow@…', 'is put off first'], ['+…0001', 'an SMS that is not delivered'], ['+…0002', 'an SMS that fails']]) {
    const row = table.insertRow();
    row.insertCell().append(make('code', address));
    row.insertCell().textContent = what;
  }
  table.createCaption().textContent = 'Addresses that always behave so (bounce+1@… too); all others get their mail';
  return table;
}

$('filter').oninput = $('kind').onchange = () => refresh(true);
$('compose').onclick = () => write(null);
$('cancel').onclick = () => $('writing').close();
for (const choice of document.querySelectorAll('#writing input[name=kind]')) choice.onchange = fill;
document.querySelector('#writing form').onsubmit = event => { event.preventDefault(); send(); };
await refresh(true);
setInterval(refresh, patience);
