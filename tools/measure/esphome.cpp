// How long esphome-libs/dsmr_parser takes for one telegram: bytes one by one into its accumulator,
// then its parser with the 27 fields of a Swedish telegram. Prints nanoseconds for one telegram,
// the shortest of many rounds.
//   g++ -O2 -std=c++20 -I <its folder src/dsmr_parser> esphome.cpp && ./a.out FILE [ROUNDS]
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "fields.h"
#include "packet_accumulator.h"
#include "parser.h"

using namespace dsmr_parser;
using namespace dsmr_parser::fields;
using Fields = ParsedData<
    identification, timestamp, energy_delivered_lux, energy_returned_lux, total_imported_energy,
    total_exported_energy, power_delivered, power_returned, reactive_power_delivered,
    reactive_power_returned, power_delivered_l1, power_delivered_l2, power_delivered_l3,
    power_returned_l1, power_returned_l2, power_returned_l3, reactive_power_delivered_l1,
    reactive_power_delivered_l2, reactive_power_delivered_l3, reactive_power_returned_l1,
    reactive_power_returned_l2, reactive_power_returned_l3, voltage_l1, voltage_l2, voltage_l3,
    current_l1, current_l2, current_l3>;

int main(int argc, char **argv) {
  std::ifstream file(argv[1], std::ios::binary);
  const std::vector<uint8_t> data{std::istreambuf_iterator<char>(file), {}};
  const int rounds = argc > 2 ? atoi(argv[2]) : 1000;
  std::array<uint8_t, 4096> buffer;
  PacketAccumulator accumulator(buffer, true);
  long told = 0;
  double best = 1e18;
  for (int round = 0; round < rounds; round++) {
    const auto start = std::chrono::steady_clock::now();
    for (int turn = 0; turn < 50; turn++)
      for (const uint8_t byte : data)
        if (const auto packet = accumulator.process_byte(byte)) {
          Fields fields;
          if (DsmrParser::parse(fields, *packet) && fields.current_l3_present)
            told += fields.power_delivered.val();
        }
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count() / 50);
  }
  fprintf(stderr, "%ld\n", told);
  printf("%.0f\n", told ? best : 0);
}
