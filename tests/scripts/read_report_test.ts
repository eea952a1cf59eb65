/** Reports as each runner writes them, and their counts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readReport } from "../../scripts/read_report.ts";

test("Deno's report counts tests and steps, but not the groups around them", () => {
  const report = readReport(`<testsuites name="deno test" tests="7" failures="2">
    <testsuite name="./a_test.ts" tests="2" failures="1">
        <testcase name="group" classname="./a_test.ts" time="0.004" line="3" col="1">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="alone" classname="./a_test.ts" time="0.000">
        </testcase>
    </testsuite>
    <testsuite name="ext:deno_node/testing.ts" tests="5" disabled="1" failures="1">
        <testcase name="group &gt; one" classname="ext:deno_node/testing.ts" time="0.000">
        </testcase>
        <testcase name="group &gt; &lt;two&gt;" classname="ext:deno_node/testing.ts">
            <failure message="Uncaught: 1
">AssertionError: 1 !== 2 &amp; more</failure>
        </testcase>
        <testcase name="group &gt; inner" classname="ext:deno_node/testing.ts">
        </testcase>
        <testcase name="group &gt; inner &gt; three" classname="ext:deno_node/testing.ts">
        </testcase>
        <testcase name="group &gt; inner &gt; later" classname="ext:deno_node/testing.ts">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`);
  assert.deepEqual(report, {
    passed: 3,
    failed: 1,
    skipped: 1,
    failures: ["group > <two>: AssertionError: 1 !== 2 & more"],
  });
});

test("Bun's report counts the tests of nested suites", () => {
  const report = readReport(`<testsuites name="bun test" tests="4" failures="1" skipped="1">
  <testsuite name="a_test.ts" file="a_test.ts" tests="4">
    <testsuite name="group" file="a_test.ts" line="3" tests="3">
      <testcase name="one" classname="group" time="0.0008" file="a_test.ts" assertions="0" />
      <testcase name="two" classname="group" time="0.0009" file="a_test.ts" assertions="0">
        <failure type="AssertionError" message="1 !== 2&#10;" />
      </testcase>
      <testcase name="later" classname="group" time="0" file="a_test.ts" assertions="0">
        <skipped />
      </testcase>
    </testsuite>
    <testcase name="alone" classname="" time="0.0002" file="a_test.ts" assertions="0" />
  </testsuite>
</testsuites>`);
  assert.deepEqual(report, { passed: 2, failed: 1, skipped: 1, failures: ["two: 1 !== 2\n"] });
});

test("doctest's report counts each way through a test, and its errors are failures", () => {
  const report = readReport(`<testsuites>
  <testsuite name="base_test" errors="1" failures="1" tests="4">
    <testcase classname="a_test.cpp" name="a -> b" time="0.000013" status="run"/>
    <testcase classname="a_test.cpp" name="ring/wraps" time="0.000018" status="run">
      <failure message="1 == 2" type="CHECK">
a_test.cpp(9):
CHECK( a == b ) is NOT correct!
  values: CHECK( 1 == 2 )
      </failure>
    </testcase>
    <testcase classname="a_test.cpp" name="ring/is full" time="0.000018" status="run">
      <error message="exception">
        it threw
      </error>
    </testcase>
    <testcase classname="a_test.cpp" name="last" time="0" status="run"/>
  </testsuite>
</testsuites>`);
  assert.equal(report.passed, 2);
  assert.deepEqual(report.failures.map((it) => it.split("\n")[0]), [
    "ring/wraps: a_test.cpp(9):",
    "ring/is full: it threw",
  ]);
});

test("an empty report has no tests", () => {
  assert.deepEqual(readReport(""), { passed: 0, failed: 0, skipped: 0, failures: [] });
});
