#include "media/consumer.h"

#include <algorithm>
#include <utility>

#include "media/producer.h"
#include "media/select/pipe_selector.h"
#include "rtp/extension_values.h"

namespace sluice::media {
namespace {

Status check(const Producer& producer, const ConsumerOptions& options) {
  const auto& parameters = options.rtp_parameters;
  const bool is_pipe = options.type == ConsumerType::pipe;
  if (options.type == ConsumerType::simulcast) {
    return Error{
        ErrorKind::unsupported,
        "consumers of type " + std::string(type_text(options.type)) + " are not supported"};
  }
  if (options.kind != producer.kind()) return invalid("kind must be the producer's");
  const size_t encodings = is_pipe ? producer.encodings() : 1;
  if (parameters.encodings.size() != encodings) {
    return invalid("rtpParameters.encodings must have " + std::to_string(encodings) +
                   (encodings == 1 ? " entry" : " entries"));
  }
  for (size_t i = 0; i < encodings; ++i) {
    const std::string path = "rtpParameters.encodings[" + std::to_string(i) + "]";
    if (parameters.encodings[i].ssrc == 0) return invalid(path + ".ssrc is missing");
    if (!parameters.codec_for(parameters.encodings[i]))
      return invalid(path + " has no media codec");
  }
  return check_payload_types(parameters);
}

}  // namespace

Result<std::unique_ptr<Consumer>> Consumer::create(ObjectId id, Producer& producer,
                                                   ConsumerOptions options, Random& random,
                                                   Strategy strategy) {
  if (const auto status = check(producer, options); !status) return status.error();
  return std::unique_ptr<Consumer>(
      new Consumer(id, producer, std::move(options), random, std::move(strategy)));
}

Consumer::Consumer(ObjectId id, Producer& producer, ConsumerOptions options, Random& random,
                   Strategy strategy)
    : producer_(producer),
      selector_(std::move(strategy.selector)),
      rewriter_(std::move(strategy.rewriter)),
      id_(id),
      options_(std::move(options)) {
  for (const auto& codec : options_.rtp_parameters.codecs) {
    if (!codec.is_rtx && codec.payload_type < 128) payload_types_.set(codec.payload_type);
  }
  streams_.reserve(options_.rtp_parameters.encodings.size());
  for (size_t i = 0; i < options_.rtp_parameters.encodings.size(); ++i) {
    streams_.emplace_back(stream_params(options_.rtp_parameters, options_.kind, i), random);
  }
  if (is_pipe() && !selector_) selector_ = std::make_unique<PipeSelector>(streams_);
  single_.set_starts_at_key_frame(has_key_frames(streams_[0].params().codec));
  if (rewriter_) {
    for (auto& stream : streams_) stream.sent().keep_patches();
  }
  plan_header();
  producer_.add_consumer(*this);
  if (streams_[0].params().use_nack) ++producer_.nack_consumers_;
}

Consumer::~Consumer() {
  if (streams_[0].params().use_nack) --producer_.nack_consumers_;
  producer_.remove_consumer(*this);
}

// Which extensions a consumer gets: its own MID, the transport's stamps, and values that only the
// source knows. The rest (stream ids of the sender) means nothing to it.
void Consumer::plan_header() {
  using rtp::ExtensionKind;
  const auto& parameters = options_.rtp_parameters;
  for (const auto& extension : parameters.header_extensions) {
    if (!extension.kind || extension.id == 0) continue;
    switch (*extension.kind) {
      case ExtensionKind::mid: {
        const auto* text = reinterpret_cast<const uint8_t*>(parameters.mid.data());
        sends_mid_ = !parameters.mid.empty();
        if (sends_mid_) plan_.constant(extension.id, {text, parameters.mid.size()});
        break;
      }
      case ExtensionKind::abs_send_time:
        plan_.stamp_abs_send_time(extension.id);
        break;
      case ExtensionKind::transport_cc:
        plan_.stamp_transport_cc(extension.id);
        break;
      case ExtensionKind::rid:
      case ExtensionKind::rrid:
        break;
      case ExtensionKind::packet_id:
        if (producer_.adds_packet_ids()) packet_id_extension_ = extension.id;
        plan_.copy(ExtensionKind::packet_id, extension.id);
        break;
      case ExtensionKind::dependency_descriptor:
        if (rewriter_) {
          descriptor_extension_ = extension.id;
        } else {
          plan_.copy(ExtensionKind::dependency_descriptor, extension.id);
        }
        break;
      default:
        plan_.copy(*extension.kind, extension.id);
    }
  }
}

bool Consumer::is_producer_paused() const {
  return producer_.is_paused();
}

void Consumer::transport_connected(Instant now) {
  connected_ = true;
  start(now);
}

void Consumer::transport_disconnected() {
  connected_ = false;
  stop();
}

void Consumer::pause() {
  options_.paused = true;
  stop();
}

void Consumer::resume(Instant now) {
  if (!std::exchange(options_.paused, false)) return;
  start(now);
}

void Consumer::producer_paused() {
  stop();
}

void Consumer::producer_resumed(Instant now) {
  start(now);
}

// The receiver has nothing to build on from here: numbers go on, video waits for a key frame.
void Consumer::start(Instant now) {
  active_ = connected_ && !options_.paused && !producer_.is_paused();
  if (!active_) return;
  awaited_.clear();
  update_has_resends();
  single_.restart();
  if (selector_) selector_->restart(now);
  request_key_frame(now);
}

void Consumer::stop() {
  active_ = connected_ && !options_.paused && !producer_.is_paused();
  if (active_) return;
  awaited_.clear();
  for (auto& stream : streams_) stream.pause();
  update_has_resends();
}

void Consumer::request_key_frame(Instant now) {
  if (!active_ || options_.kind != MediaKind::video) return;
  ask_again_at_ = now + kAskAgain;
  producer_.request_key_frame(now, selector_ ? selector_->wanted_encoding() : uint8_t{0});
}

std::optional<VideoLayers> Consumer::set_preferred_layers(Instant now, VideoLayers layers) {
  if (!selector_ || is_pipe()) return std::nullopt;  // There are no layers to choose from.
  options_.preferred_layers = layers;
  selector_->set_preferred(now, layers);
  return layers;
}

std::optional<VideoLayers> Consumer::current_layers() const {
  if (!selector_ || is_pipe()) return std::nullopt;
  return selector_->current();
}

void Consumer::handle_nack(Instant now, const rtcp::Nack& nack) {
  Trace trace;
  trace.type = TraceType::nack;
  trace.at = now;
  traces_.add(trace);
  if (!active_) return;
  for (auto& stream : streams_) {
    if (stream.params().ssrc == nack.media_ssrc && stream.params().use_nack) {
      stream.handle_nack(now, nack);
    }
  }
  update_has_resends();
}

void Consumer::handle_key_frame_request(Instant now, uint32_t ssrc, bool is_fir) {
  Trace trace;
  trace.type = is_fir ? TraceType::fir : TraceType::pli;
  trace.at = now;
  trace.ssrc = ssrc;
  traces_.add(trace);
  for (auto& stream : streams_) {
    if (stream.params().ssrc != ssrc) continue;
    if (is_fir) {
      stream.count_fir();
    } else {
      stream.count_pli();
    }
    if (is_pipe()) {
      if (active_) producer_.request_key_frame(now, stream.params().encoding_index);
    } else {
      request_key_frame(now);
    }
  }
}

void Consumer::handle_receiver_report(Instant now, NtpTime wall, const rtcp::ReportBlock& block) {
  for (auto& stream : streams_) {
    if (stream.params().ssrc != block.ssrc) continue;
    stream.handle_report(now, wall, block);
    score_changed_ = stream.take_score_change() || score_changed_;
  }
}

void Consumer::handle_reference_time(Instant now, NtpTime ntp) {
  for (auto& stream : streams_) stream.handle_reference_time(now, ntp);
}

bool Consumer::take_score_change() {
  return std::exchange(score_changed_, false);
}

ConsumerScore Consumer::score() const {
  ConsumerScore score;
  score.score = is_pipe() ? ScoreHistory::kBest : streams_[0].score();  // As in mediasoup.
  for (size_t i = 0; i < producer_.encodings(); ++i) {
    const auto* stream = producer_.stream(static_cast<uint8_t>(i));
    score.producer_scores.push_back(stream ? stream->score() : uint8_t{0});
  }
  if (is_pipe()) {
    score.producer_score = ScoreHistory::kBest;
  } else if (!score.producer_scores.empty()) {
    score.producer_score = score.producer_scores[0];
  }
  return score;
}

std::vector<ConsumerStats> Consumer::stats(Instant now) {
  std::vector<ConsumerStats> all;
  for (auto& stream : streams_) all.push_back({&stream.params(), stream.stats(now)});
  return all;
}

std::vector<uint8_t> Consumer::supported_payload_types() const {
  std::vector<uint8_t> types;
  for (size_t type = 0; type < payload_types_.size(); ++type) {
    if (payload_types_[type]) types.push_back(static_cast<uint8_t>(type));
  }
  return types;
}

std::optional<uint8_t> Consumer::fraction_lost(Instant since) const {
  std::optional<uint8_t> worst;
  for (const auto& stream : streams_) {
    if (stream.reported_at() < since) continue;
    worst = std::max(worst.value_or(0), stream.fraction_lost());
  }
  return worst;
}

size_t Consumer::memory_bytes() const {
  size_t bytes = sizeof(*this) + streams_.capacity() * sizeof(SendStream);
  for (const auto& stream : streams_) bytes += stream.memory_bytes();
  return bytes;
}

}  // namespace sluice::media
