  const token = new URLSearchParams(location.search).get('token') || '';
  const form = document.querySelector('form'), title = document.getElementById('title'), about = document.getElementById('about');
  const words = { token: 'The link', name: 'The name', password: 'The password', confirmPassword: 'The repeated password' };

  // The API names its fields as clients write them; people read sentences.
  const sentence = ({ field, message }) =>
    words[field] && message.startsWith(field + ' ') ? words[field] + message.slice(field.length)
    : field === 'name' ? 'Please give your name.'
    : message.charAt(0).toUpperCase() + message.slice(1);
  const reasons = reply => reply.error?.details?.length ? reply.error.details.map(sentence).join(' ') : sentence({ message: reply.message });

  async function send(path, body) {
    try {
      return await (await fetch(path, body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json();
    } catch {
      return { success: false, message: 'The server does not answer. Please try again in a moment.' };
    }
  }

  function done(heading, text) {
    form.hidden = true;
    title.textContent = heading;
    about.textContent = text;
  }

  // Sends the form's fields with the link's token; what is wrong with them stands above the button.
  const onSubmit = (path, then) => form.addEventListener('submit', async event => {
    event.preventDefault();
    const alert = form.querySelector('[role=alert]'), button = form.querySelector('button');
    alert.textContent = '';
    button.disabled = true;
    const reply = await send(path, { token, ...Object.fromEntries(new FormData(form)) });
    button.disabled = false;
    if (reply.success) then(reply.data);
    else alert.textContent = reasons(reply);
  });
