import type { Finding } from './plan-types.ts';

const PICKLE_NAME = /\.(?:pt|pth|pkl|pickle|ckpt|joblib|dill)$/i;
/** `.bin` says nothing by itself; these are the names that PyTorch's and transformers' pickles have. */
const PICKLE_BIN =
  /(?:^|\/)(?:pytorch_model|diffusion_pytorch_model|adapter_model|training_args|optimizer|scheduler)[^/]*\.bin$/i;
const CODE_NAME = /\.(?:py|pyc|so|dll|dylib)$/i;
const TEMPLATE_NAME = /\.(?:jinja2?|j2)$|(?:^|\/)chat_template\.json$/i;

/** What a file's name and first bytes alone tell; nothing is unpickled, rendered or run. */
export function prefixFindings(path: string, name: string, start: Uint8Array): Finding[] {
  const findings: Finding[] = [];
  if (CODE_NAME.test(name)) {
    findings.push({ path, kind: 'remote-code', message: 'program code: a loader that trusts remote code runs it' });
  }
  if (isPickle(start) || PICKLE_NAME.test(name) || PICKLE_BIN.test(name)) {
    findings.push({ path, kind: 'executes-on-load', message: 'a pickle: loading it can run any code' });
  }
  if (TEMPLATE_NAME.test(name)) {
    findings.push({
      path,
      kind: 'chat-template',
      message: 'a chat template: it can change behaviour while every weight stays',
    });
  }
  return findings;
}

/** A pickle of protocol 2 to 5 (`PROTO n`), or PyTorch's ZIP whose first entry is `…/data.pkl`. */
function isPickle(start: Uint8Array): boolean {
  const [a, b, c, d] = start;
  if (a === 0x80 && b !== undefined && b >= 2 && b <= 5) return true;
  if (a !== 0x50 || b !== 0x4b || c !== 0x03 || d !== 0x04 || start.length < 30) return false;
  const nameLength = (start[26] as number) | ((start[27] as number) << 8);
  const name = String.fromCharCode(...start.subarray(30, 30 + nameLength));
  return name === 'data.pkl' || name.endsWith('/data.pkl');
}
