/** The health check of the image: exit code 0 while the server takes requests. */
const port = process.env.PORT || '3000';

try {
  const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
  process.exitCode = status === 200 ? 0 : 1;
} catch {
  process.exitCode = 1;
}
