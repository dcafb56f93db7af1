#!/usr/bin/env node
// Plain syntax, no import and no require, so that a Node from 10 on gets far enough to say which Node is needed.
var needed = [22, 22, 2];
var found = process.versions.node.split('.').map(Number);
var difference = found[0] - needed[0] || found[1] - needed[1] || found[2] - needed[2];

if (difference < 0) {
  process.stderr.write(
    'error: stemma needs Node.js ' +
      needed.join('.') +
      ' or newer, found ' +
      process.versions.node +
      '\n' +
      'hint: install a current Node.js from https://nodejs.org, or run npx stemma in a checkout, which brings its own\n',
  );
  process.exitCode = 2;
} else {
  import('../dist/cli/main.js').then(
    function (cli) {
      return cli.main(process.argv.slice(2));
    },
    function (error) {
      process.stderr.write(
        'error: stemma cannot be loaded: ' + error.message + '\nhint: in a checkout, run npm run build\n',
      );
      process.exitCode = 70;
    },
  );
}
