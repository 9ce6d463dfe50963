// Any text is a quantity or an error; the canonical form of a quantity is the same amount.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sim/api/quantity.h"

using seatrial::api::Quantity;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto quantity = Quantity::parse(text);
  if (!quantity) {
    if (quantity.error().empty()) std::abort();
    return 0;
  }
  // 62.5Ki prints as 64000 and that as 64k: the form may change once more, the amount may not.
  const auto again = Quantity::parse(quantity->str());
  if (!again || *again != *quantity) std::abort();
  const auto third = Quantity::parse(again->str());
  if (!third || *third != *quantity || third->str() != again->str()) std::abort();
  if ((*quantity - *again).is_zero() == false) std::abort();
  if ((*quantity <=> *again) != 0) std::abort();
  const std::int64_t milli = quantity->milli(), value = quantity->value();
  if (quantity->is_zero() != (milli == 0) || quantity->is_zero() != (value == 0)) std::abort();
  if (quantity->is_negative() != (milli < 0)) std::abort();
  return 0;
}
