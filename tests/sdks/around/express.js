// Serves the application, and opens the page that fails.
const server = app.listen(0, "127.0.0.1", async () => {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/rollcage-test`);
  sent(() => process.exit(answer.status === 500 ? 0 : 1));
});
