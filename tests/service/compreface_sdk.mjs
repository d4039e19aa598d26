// usage: node compreface_sdk.mjs SDK URL KEY SAMPLES: CompreFace's own JavaScript SDK, unmodified, against a running service.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , sdk, url, key, samples] = process.argv;
const { CompreFace } = await import(pathToFileURL(`${sdk}/index.js`));
const at = new URL(url);
const options = { det_prob_threshold: 0.8, status: 'true', face_plugins: 'calculator,landmarks', limit: 0, prediction_count: 2 };
const service = new CompreFace(`${at.protocol}//${at.hostname}`, at.port, options);
const recognition = service.initFaceRecognitionService(key);
const detection = service.initFaceDetectionService(key);
const verification = service.initFaceVerificationService(key);
process.chdir(samples);
const photo = (below) => `./${below}`; // it takes other paths for pictures
const collection = () => recognition.getFaceCollection(); // a fresh one a call: it appends to its own address
const subjects = () => recognition.getSubjects();
console.log = () => {}; // subjects.list() prints the key

let calls = 0;
const step = async (what, promise) => {
  ++calls;
  try {
    const answer = await promise;
    return answer?.data ?? answer;
  } catch (error) {
    throw new Error(`${what}: ${error?.response?.status} ${JSON.stringify(error?.response?.data)} ${error}`);
  }
};

assert.deepEqual((await step('list', subjects().list())).subjects, []);
assert.equal((await step('add subject', subjects().add('Ada'))).subject, 'Ada');
const first = await step('add', collection().add(photo('raw/amara/01.jpg'), 'Ada', {}));
assert.equal(first.subject, 'Ada');
const second = await step('add bytes', collection().add(readFileSync(photo('raw/amara/02.jpg')), 'Ada', {}));
const text = readFileSync(photo('raw/amara/03.jpg')).toString('base64');
const third = await step('add base64', collection().add(text, 'Ada', {}));
const bruno = await step('add another', collection().add(photo('raw/bruno/01.jpg'), 'Bruno', {}));
assert.equal((await step('faces', collection().list())).faces.length, 4);

const seen = await step('recognize', recognition.recognize(photo('test/amara/01.jpg'), options));
assert.equal(seen.result[0].subjects[0].subject, 'Ada');
assert.ok(seen.result[0].subjects[0].similarity >= 0.5);
assert.equal(seen.result[0].subjects.length, 2);
assert.equal(seen.result[0].landmarks.length, 5);
assert.ok(seen.plugins_versions.calculator);
const stranger = await step('stranger', recognition.recognize(photo('test/stranger_1/01.jpg'), options));
assert.ok(stranger.result[0].subjects[0].similarity < 0.5);
const bytes = await step('bytes', recognition.recognize(readFileSync(photo('test/amara/02.jpg')), options));
assert.equal(bytes.result[0].subjects[0].subject, 'Ada');

const same = await step('verify', collection().verify(photo('test/amara/01.jpg'), first.image_id, { limit: 1 }));
assert.ok(same.result[0].similarity >= 0.5);
const other = await step('verify another', collection().verify(photo('test/bruno/01.jpg'), first.image_id, {}));
assert.ok(other.result[0].similarity < 0.5);
assert.equal((await step('detect', detection.detect(photo('test/amara/01.jpg'), {}))).result.length, 1);
const pair = await step('compare', verification.verify(photo('raw/amara/01.jpg'), photo('test/amara/01.jpg'), { limit: 0 }));
assert.ok(pair.result[0].face_matches[0].similarity >= 0.5);

assert.equal((await step('rename', subjects().rename('Ada', 'Grace'))).updated, true);
assert.deepEqual((await step('list', subjects().list())).subjects, ['Bruno', 'Grace']);
assert.equal((await step('delete', collection().delete(first.image_id))).subject, 'Grace');
const gone = await step('delete several', collection().delete_multiple_images([second.image_id, 'nothing']));
assert.deepEqual(gone.map((one) => one.image_id), [second.image_id]);
assert.equal((await step('delete of a subject', collection().delete_all_subject('Grace'))).deleted, 1);
assert.equal((await step('delete subject', subjects().delete('Bruno'))).subject, 'Bruno');
await step('add', collection().add(photo('raw/bruno/02.jpg'), 'Bruno', {}));
assert.equal((await step('delete all faces', collection().delete_all())).deleted, 1);
await step('add subject', subjects().add('Ada'));
assert.equal((await step('delete all subjects', subjects().deleteAll())).deleted, 1);

const empty = await recognition.recognize(photo('../README.md'), options).catch((error) => error.response);
assert.equal(empty.status, 400);
assert.equal(empty.data.code, 28); // "no faces", by which Double-Take tells it from failures
assert.ok(third.image_id && bruno.image_id);
process.stdout.write(`${calls} calls\n`);
