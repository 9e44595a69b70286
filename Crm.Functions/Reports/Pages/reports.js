  const board = document.getElementById('board'), door = document.getElementById('door'), content = document.getElementById('content');
  const form = document.querySelector('form');
  const periods = { '7d': '7 days', '30d': '30 days', '90d': '90 days', '1y': 'Year' };
  let token, period = '30d', asked = 0;

  // All that is written comes from the API: as text, never as markup.
  const element = (name, attributes = {}, ...children) => {
    const svg = ['svg', 'rect', 'line', 'text', 'title'].includes(name);
    const made = svg ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children.filter(child => child !== null && child !== undefined));
    return made;
  };
  const count = number => number.toLocaleString('en');
  const short = number => Math.abs(number) < 10000 ? number.toLocaleString('en', { maximumFractionDigits: 0 })
    : number.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 });
  const money = currency => amount => amount.toLocaleString('en', { style: 'currency', currency, maximumFractionDigits: amount % 1 && Math.abs(amount) < 1000 ? 2 : 0 });
  const day = (date, options) => new Date(date + 'T00:00:00Z').toLocaleDateString('en', { timeZone: 'UTC', ...options });
  const label = (date, granularity) => granularity === 'month' ? day(date, { month: 'short' }) : day(date, { month: 'short', day: 'numeric' });

  const figure = (name, value, change, note) => element('section', { class: 'figure' },
    element('h3', {}, name), element('b', {}, value),
    change === undefined ? element('span', {}, note ?? '') : change === null ? element('span', {}, 'none before')
      : element('span', {}, element('span', { class: +change < 0 ? 'down' : 'up' }, (+change > 0 ? '+' : '') + change + ' %'), ' against before'));

  const table = (title, heads, rows, note) => element('section', {}, element('h3', {}, title),
    rows.length
      ? element('table', {}, element('thead', {}, element('tr', {}, ...heads.map(head => element('th', {}, head)))),
        element('tbody', {}, ...rows.map(row => element('tr', {}, ...row.map(cell => element('td', {}, String(cell)))))))
      : element('p', { class: 'note' }, note ?? 'Nothing yet.'));

  // So that words are about as large as those beside the drawing.
  const wide = () => innerWidth < 600 ? 360 : 500;

  // Columns over time: one or two series, a scale of three lines, as many labels as there is room for.
  function chart(title, points, series, granularity, write = count) {
    const width = wide(), height = width / 3 + 50, left = 44, bottom = 20, top = 8, room = width - left, tall = height - bottom - top;
    const most = Math.max(1, ...points.flatMap(point => series.map(([, of]) => of(point))));
    const step = 10 ** Math.floor(Math.log10(most)), scale = [1, 2, 2.5, 5, 10].map(by => by * step).find(end => end >= most) ?? most;
    const y = value => top + tall - tall * Math.max(0, value) / scale;
    const slot = room / points.length, bar = Math.max(1, slot * .7 / series.length);
    const every = Math.ceil(points.length / 6);
    const svg = element('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title });
    for (const part of [0, .5, 1]) {
      svg.append(
        element('line', { class: 'axis', x1: left, x2: width, y1: y(scale * part), y2: y(scale * part) }),
        element('text', { x: left - 6, y: y(scale * part) + 4, 'text-anchor': 'end' }, short(scale * part)));
    }
    points.forEach((point, at) => {
      series.forEach(([name, of], which) => {
        const value = of(point), x = left + slot * at + slot * .15 + bar * which;
        svg.append(element('rect', { class: which ? 'second' : 'first', x, y: y(value), width: bar, height: Math.max(0, y(0) - y(value)), rx: Math.min(2, bar / 3) },
          element('title', {}, `${label(point.date, granularity)}: ${write(value)} ${name}`)));
      });
      if (at % every === 0)
        svg.append(element('text', { x: left + slot * (at + .5), y: height - 4, 'text-anchor': 'middle' }, label(point.date, granularity)));
    });
    return element('section', {}, element('h3', {}, title), svg,
      series.length > 1 ? element('div', { class: 'legend' }, ...series.map(([name]) => element('span', {}, element('i'), name))) : null);
  }

  // Lying bars, one a row.
  function bars(title, rows, write = count) {
    const width = wide(), line = 30, most = Math.max(1, ...rows.map(([, value]) => value));
    const svg = element('svg', { viewBox: `0 0 ${width} ${Math.max(1, rows.length) * line}`, role: 'img', 'aria-label': title });
    rows.forEach(([name, value, words], at) => svg.append(
      element('text', { x: 0, y: at * line + 11 }, name.length > 36 ? name.slice(0, 35) + '…' : name),
      element('text', { x: width, y: at * line + 11, 'text-anchor': 'end' }, words ?? write(value)),
      element('rect', { class: 'first', x: 0, y: at * line + 16, width: width * value / most, height: 7, rx: 3 })));
    return element('section', {}, element('h3', {}, title), rows.length ? svg : element('p', { class: 'note' }, 'Nothing yet.'));
  }

  const grid = (name, ...children) => element('div', { class: 'grid ' + name }, ...children);
  const part = (title, ...children) => [element('h2', {}, title), ...children];

  function draw({ overview, sales, marketing, customers }) {
    const { kpis, charts } = overview, step = overview.period.granularity, own = money(kpis.revenue.currency);
    const metrics = sales.pipelineMetrics, many = marketing.campaigns;
    document.getElementById('days').textContent =
      `${day(overview.period.from, { dateStyle: 'medium' })} to ${day(overview.period.to, { dateStyle: 'medium' })}, ${overview.period.timezone}`;
    content.replaceChildren(
      ...part('Overview',
        grid('figures',
          figure('New contacts', count(kpis.contacts.new), kpis.contacts.changePct), figure('Contacts', count(kpis.contacts.total), undefined, 'now'),
          figure('Deals won', count(kpis.deals.won), kpis.deals.changePct), figure('Open deals', own(kpis.deals.openValue), undefined, count(kpis.deals.open) + ' of them'),
          figure('Revenue', own(kpis.revenue.total), kpis.revenue.changePct),
          figure('Invoices', count(kpis.invoices.total), undefined, `${count(kpis.invoices.paid)} paid, ${count(kpis.invoices.overdue)} overdue`)),
        grid('',
          chart('New contacts', charts.contacts, [['contacts', point => point.count]], step),
          chart('Deals', charts.deals, [['made', point => point.created], ['won', point => point.won]], step),
          chart('Revenue', charts.revenue, [['received', point => point.amount]], step, own),
          chart('Activities', charts.activities, [['entries', point => point.count]], step))),
      ...part('Sales',
        grid('figures',
          figure('Won', own(metrics.wonValue), metrics.changePct), figure('Forecast', own(metrics.weightedValue), undefined, 'of ' + own(metrics.totalValue)),
          figure('Win rate', metrics.winRate + ' %', undefined, `${count(metrics.wonCount)} won, ${count(metrics.lostCount)} lost`),
          figure('Mean deal', own(metrics.avgDealSize), undefined, metrics.avgSalesCycleDays === null ? '' : metrics.avgSalesCycleDays + ' days to win')),
        grid('',
          bars('Stages, now', sales.dealStages.map(stage => [stage.name, stage.value, `${count(stage.count)}, ${own(stage.value)}`])),
          chart('Won and received', sales.revenueOverTime, [['won', point => point.won], ['received', point => point.paid]], step, own),
          bars('How far deals come', metrics.conversion.map(stage => [stage.name, stage.reached, `${count(stage.reached)}, ${stage.rate} %`])),
          table('Who won most', ['', 'Deals', 'Value'], sales.topPerformers.map(who => [who.name, count(who.wonCount), own(who.wonValue)])))),
      ...part('Marketing',
        grid('figures',
          figure('Campaigns', count(many.total), undefined, count(many.sent) + ' messages'), figure('Opened', many.openRate + ' %', undefined, 'of the delivered'),
          figure('Clicked', many.clickRate + ' %', undefined, 'of the delivered'), figure('All messages', count(marketing.messages.sent), marketing.messages.changePct),
          figure('Received', count(marketing.messages.received), undefined, 'from contacts')),
        grid('',
          chart('Messages', marketing.messagesOverTime, [['sent', point => point.sent], ['received', point => point.received]], step),
          table('Channels', ['', 'Sent', 'Delivered', 'Opened'],
            marketing.channels.map(channel => [channel.channel, count(channel.sent), channel.deliveryRate + ' %', channel.openRate + ' %'])),
          table('Campaigns', ['', 'Sent', 'Opened', 'Clicked'],
            marketing.topCampaigns.map(one => [one.name, count(one.sent), one.openRate + ' %', one.clickRate + ' %'])))),
      ...part('Customers',
        grid('',
          chart('Contacts in all', customers.growth, [['contacts', point => point.total]], step),
          table('Best customers', ['', 'Paid', 'Won'], customers.topCustomers.map(one => [one.name, own(one.totalPaid), own(one.wonValue)])),
          table('Sources', ['', 'New', 'Won', 'Value'], customers.sources.map(one => [one.source ?? 'not known', count(one.count), count(one.won), own(one.value)])),
          bars('Contacts by status', customers.byStatus.map(one => [one.status, one.count])))));
  }

  async function read(path) {
    const answer = await fetch(path, { headers: { Authorization: 'Bearer ' + token } });
    const reply = await answer.json();
    if (!reply.success) throw new Error(reply.message);
    return reply.data;
  }

  async function show() {
    const mine = ++asked, alert = board.querySelector('[role=alert]');
    document.querySelectorAll('nav button').forEach(button => button.setAttribute('aria-pressed', button.value === period));
    try {
      const names = ['overview', 'sales', 'marketing', 'customers'];
      const reports = await Promise.all(names.map(name => read(`${name}?period=${period}`)));
      if (mine !== asked) return;
      alert.textContent = '';
      draw(Object.fromEntries(names.map((name, at) => [name, reports[at]])));
    } catch (error) {
      if (mine === asked) alert.textContent = error.message;
    }
  }

  for (const [value, name] of Object.entries(periods)) {
    const button = element('button', { value, type: 'button' }, name);
    button.addEventListener('click', () => { period = value; show(); });
    document.querySelector('nav').append(button);
  }

  // The token stays in this page alone.
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const alert = form.querySelector('[role=alert]');
    try {
      const answer = await fetch('../auth/login', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(Object.fromEntries(new FormData(form)))
      });
      const reply = await answer.json();
      if (!reply.success) { alert.textContent = reply.message; return; }
      token = reply.data.accessToken;
      document.getElementById('heading').textContent = reply.data.user.organization?.name ?? 'Reports';
      door.hidden = true;
      board.hidden = false;
      await show();
    } catch {
      alert.textContent = 'The server does not answer. Please try again in a moment.';
    }
  });
