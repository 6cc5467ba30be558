/** A program of the old kind, on a Node that can require ES modules (20.19 and later). */
const client = require('@palestra/client');
const { story } = require('./story.cjs');

story(client, process.env.PALESTRA_URL).then(console.log);
