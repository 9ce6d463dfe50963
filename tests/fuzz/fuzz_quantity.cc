// Any text is a quantity or an error; the canonical form of a quantity is the same quantity and canonical.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sim/api/quantity.h"

using seatrial::api::Quantity;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto quantity = Quantity::parse(text);
  if (!quantity) return quantity.error().empty() ? (std::abort(), 0) : 0;
  const std::string canonical = quantity->str();
  const auto again = Quantity::parse(canonical);
  if (!again || again->str() != canonical || *again != *quantity) std::abort();
  const Quantity sum = *quantity + *again;
  if (quantity->is_zero() != sum.is_zero() || !(sum - *again + *again == sum || sum.rounded_up(18) == sum)) return 0;
  (void)quantity->milli();
  (void)quantity->value();
  return 0;
}
