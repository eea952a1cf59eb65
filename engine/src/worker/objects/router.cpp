#include "worker/objects/router.h"

#include "worker/objects/consumer.h"
#include "worker/objects/data_consumer.h"
#include "worker/objects/data_producer.h"
#include "worker/objects/producer.h"
#include "worker/objects/rtp_observer.h"
#include "worker/objects/transport.h"

namespace sluice::worker {

void Router::add(Transport& transport) {
  transports_.add(transport);
}

void Router::remove(Transport& transport) {
  transports_.remove(transport);
}

void Router::add(RtpObserver& observer) {
  observers_.add(observer);
}

void Router::remove(RtpObserver& observer) {
  observers_.remove(observer);
}

void Router::close() {
  // Observers first: they need not hear of the producers that close.
  while (!observers_.empty()) observers_.back()->close();
  while (!transports_.empty()) transports_.back()->close();
  core_.events.forget(id());
  core_.objects.destroy(id());
}

namespace {

void write_data_maps(JsonWriter& out, const Router& router) {
  out.begin_array("mapDataProducerIdDataConsumerIds");
  for (const Transport* transport : router.transports()) {
    for (const DataProducer* producer : transport->data_producers()) {
      out.begin_object();
      out.field("key", producer->id());
      out.begin_array("values");
      for (const DataConsumer* consumer : producer->consumers()) out.value(consumer->id());
      out.end_array();
      out.end_object();
    }
  }
  out.end_array();
  out.begin_array("mapDataConsumerIdDataProducerId");
  for (const Transport* transport : router.transports()) {
    for (const DataConsumer* consumer : transport->data_consumers()) {
      out.begin_object();
      out.field("key", consumer->id());
      out.field("value", consumer->producer_id());
      out.end_object();
    }
  }
  out.end_array();
}

}  // namespace

void Router::write_dump(JsonWriter& out) const {
  out.begin_object();
  out.field("id", id());
  out.begin_array("transportIds");
  for (const Transport* transport : transports_) out.value(transport->id());
  out.end_array();
  out.begin_array("rtpObserverIds");
  for (const RtpObserver* observer : observers_) out.value(observer->id());
  out.end_array();
  out.begin_array("mapProducerIdConsumerIds");
  for (const Transport* transport : transports_) {
    for (const media::Producer* producer : transport->producers()) {
      out.begin_object();
      out.field("key", producer->id());
      out.begin_array("values");
      for (const media::Consumer* consumer : producer->consumers()) out.value(consumer->id());
      out.end_array();
      out.end_object();
    }
  }
  out.end_array();
  out.begin_array("mapConsumerIdProducerId");
  for (const Transport* transport : transports_) {
    for (const media::Consumer* consumer : transport->consumers()) {
      out.begin_object();
      out.field("key", consumer->id());
      out.field("value", consumer->producer().id());
      out.end_object();
    }
  }
  out.end_array();
  out.begin_array("mapProducerIdObserverIds");
  for (const Transport* transport : transports_) {
    for (const media::Producer* producer : transport->producers()) {
      out.begin_object();
      out.field("key", producer->id());
      out.begin_array("values");
      for (const RtpObserver* observer : object_of(*producer).observers()) {
        out.value(observer->id());
      }
      out.end_array();
      out.end_object();
    }
  }
  out.end_array();
  write_data_maps(out, *this);
  out.end_object();
}

}  // namespace sluice::worker
