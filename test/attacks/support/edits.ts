import { TRAINER, trainer } from './keys.ts';
import { MODEL_LINE, type Scene } from './scene.ts';
import { type LooseStatement, payloadOf, resign, resignText, rewrap, sign } from './signed.ts';

export const signatureText = (scene: Scene): string => scene.read('model.sig').toString('utf8');

export const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 10 ? byte ^ 1 : byte));

export const withPayload = (line: string, payload: string): string =>
  rewrap(line, ({ dsseEnvelope }) => {
    dsseEnvelope.payload = payload;
  });

/** `model.sig` alone, its text edited. */
export const editedSignature = (edit: (text: string) => string) => (scene: Scene) => {
  scene.onlySignature(edit(signatureText(scene)));
};

/** The model statement alone, its text edited and signed again by its signer. */
export const signedText = (edit: (text: string) => string) => async (scene: Scene) => {
  scene.onlyLines(await resignText(scene.line(MODEL_LINE), trainer, edit));
};

/** The same with its members changed. */
export const signedChange =
  (change: (statement: LooseStatement) => void, ...argv: readonly string[]) =>
  async (scene: Scene) => {
    scene.onlyLines(await resign(scene.line(MODEL_LINE), trainer, change));
    return ['--key', TRAINER, ...argv];
  };

export const signedPayload = (edit: (payload: string) => string | Uint8Array) => async (scene: Scene) => {
  scene.onlyLines(await sign(edit(payloadOf(scene.line(MODEL_LINE))), trainer));
};
