/** `XMLHttpRequest` as React Native has it, as far as its `fetch` (whatwg-fetch) uses it: redirects are followed by itself. */
type Listener = (() => void) | null;

export class XmlHttpRequest {
  onload: Listener = null;
  onerror: Listener = null;
  onabort: Listener = null;
  ontimeout: Listener = null;
  onreadystatechange: Listener = null;
  readyState = 0;
  status = 0;
  statusText = '';
  responseText = '';
  responseURL = '';
  responseType = '';
  withCredentials = false;
  readonly #headers: Record<string, string> = {};
  readonly #controller = new AbortController();
  #received = new Headers();
  #method = 'GET';
  #url = '';

  get response(): unknown {
    return this.responseType === 'blob' ? new Blob([this.responseText]) : this.responseText;
  }

  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  getAllResponseHeaders(): string {
    return [...this.#received].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  send(body?: string | null): void {
    void this.#run(body).then(
      () => this.onload?.(),
      () => (this.#controller.signal.aborted ? this.onabort : this.onerror)?.(),
    );
  }

  abort(): void {
    this.#controller.abort();
  }

  async #run(body: string | null | undefined): Promise<void> {
    const init = { method: this.#method, headers: this.#headers, signal: this.#controller.signal };
    const answer = await globalThis.fetch(this.#url, { ...init, ...(body ? { body } : {}) });
    this.responseText = await answer.text();
    this.status = answer.status;
    this.statusText = answer.statusText;
    this.responseURL = answer.url;
    this.#received = answer.headers;
    this.readyState = 4;
    this.onreadystatechange?.();
  }
}
