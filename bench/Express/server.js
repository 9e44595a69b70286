// One process a core, as Node is run on a machine of its own. Settings: PORT, PROCESSES, JWT_KEY, and PGHOST and its like for the database.
import cluster from 'node:cluster';
import { createApp } from './app.js';

if (cluster.isPrimary)
  for (let n = 0; n < Number(process.env.PROCESSES); n++) cluster.fork();
else
  createApp(process.env).listen(Number(process.env.PORT), '127.0.0.1');
