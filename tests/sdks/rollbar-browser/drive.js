// Builds the page scripts, serves them from a local origin and lets a real browser run them.
// The page's origin differs from the server's, so every post goes through CORS.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');
const esbuild = require('esbuild');
const { chromium } = require('playwright-core');

const here = __dirname;
const pages = fs.readdirSync(here).filter((f) => f.endsWith('.html'));
const out = fs.mkdtempSync(path.join(require('os').tmpdir(), 'page-'));
for (const f of fs.readdirSync(path.join(here, 'src'))) {
  const base = { entryPoints: [path.join(here, 'src', f)], bundle: true, logLevel: 'error', jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"' }, target: 'es2020' };
  const name = f.replace(/\.\w+$/, '');
  esbuild.buildSync({ ...base, outfile: path.join(out, name + '.js') });
  esbuild.buildSync({ ...base, outfile: path.join(out, name + '.min.js'), minify: true, sourcemap: true });
}
const vendor = (process.env.VENDOR || '').split(',').filter(Boolean);
for (const v of vendor) fs.copyFileSync(path.join(here, 'node_modules', v), path.join(out, path.basename(v)));
const settings = { endpoint: (process.env.ENDPOINT || 'http://127.0.0.1:8800').replace(/\/$/, ''), token: process.env.TOKEN || 'aaaabbbbccccddddeeeeffff00001111',
  dsn: process.env.DSN || 'http://0123456789abcdef0123456789abcdef@127.0.0.1:8800/42' };
const server = http.createServer((req, res) => {
  const p = decodeURIComponent(req.url.split('?')[0]);
  if (p === '/api/broken') { res.writeHead(503); return res.end('{"error":"unavailable"}'); }
  const f = [path.join(here, path.basename(p)), path.join(out, path.basename(p))].find((x) => p !== '/' && fs.existsSync(x) && fs.statSync(x).isFile());
  if (!f) { res.writeHead(404); return res.end('no such page'); }
  res.writeHead(200, { 'content-type': f.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/javascript; charset=utf-8' });
  let body = fs.readFileSync(f);
  if (f.endsWith('.html')) body = body.toString().replace('/*SETTINGS*/', 'window.SETTINGS=' + JSON.stringify(settings));
  res.end(body);
});
server.listen(Number(process.env.PAGE_PORT || 9100), '127.0.0.1', async () => {
  const port = server.address().port;
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP shop.example.test 127.0.0.1, MAP cdn.example.test 127.0.0.1'] });
  const ctx = await browser.newContext({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36', locale: 'de-AT' });
  for (const name of process.argv.slice(2).length ? process.argv.slice(2) : pages) {
    const page = await ctx.newPage();
    // A post that the browser refused to send or to read, although the server may have taken it.
    page.on('requestfailed', (r) => { if (r.url().startsWith(settings.endpoint)) { console.error(name, r.url(), r.failure().errorText); process.exitCode = 1; } });
    if (process.env.VERBOSE) page.on('console', (m) => console.log(name, m.text()));
    await page.goto(`http://shop.example.test:${port}/${name}?utm_source=mail&name=J%C3%BCrgen`);
    await page.click('#pay').catch(() => {});
    await page.fill('#note', 'typed text').catch(() => {});
    await page.waitForFunction('window.DONE === true', null, { timeout: 30000 }).catch((e) => console.error(name, 'did not finish', String(e).slice(0, 120)));
    await page.waitForTimeout(Number(process.env.SETTLE_MS || 1500));
    await page.close({ runBeforeUnload: true });
  }
  await new Promise((r) => setTimeout(r, 500));
  await browser.close(); server.close(); fs.rmSync(out, { recursive: true, force: true });
});
