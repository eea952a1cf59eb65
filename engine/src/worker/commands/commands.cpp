#include "worker/commands/commands.h"

#include "worker/commands/command_table.h"

namespace sluice::worker {

void Commands::run(const Command& command, Answer& answer) {
  answer_.clear();
  JsonRequest request;
  if (auto parsed = request.parse(command.request); !parsed) return answer.fail(parsed.error());

  FieldErrors errors;
  const Fields fields = request.fields(errors);
  CommandContext context{core_, fields, answer_};
  if (auto done = run_method(context, command.method, command.target); !done) {
    return answer.fail(done.error());
  }
  answer.append(answer_.text());
}

}  // namespace sluice::worker
