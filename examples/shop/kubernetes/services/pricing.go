// Pricing says what things cost: items, tax and shipping. Money is in cents, weight in grams.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	taxRate              = 0.19
	shippingBaseCents    = 490
	shippingPerKiloCents = 60
)

type object = map[string]any

// refusal is an answer other than 200.
type refusal struct {
	status  int
	message string
}

func (r refusal) Error() string { return r.message }

type item struct {
	Sku         string
	PriceCents  int
	WeightGrams int
}

var catalog = &http.Client{Timeout: 5 * time.Second}

func main() {
	routes := http.NewServeMux()
	routes.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { send(w, 200, object{"ok": true}) })
	routes.HandleFunc("/quotes", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			send(w, 404, object{"error": "no such page"})
			return
		}
		answer(w, r)
	})
	routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { send(w, 404, object{"error": "no such page"}) })
	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: routes}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-stop
		server.Shutdown(context.Background())
	}()
	log.Printf("pricing listens on %s", os.Getenv("PORT"))
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

func answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 100_000))
	if err != nil {
		send(w, 413, object{"error": "too much"})
		return
	}
	var asked any
	if len(body) > 0 && json.Unmarshal(body, &asked) != nil {
		send(w, 400, object{"error": "not JSON"})
		return
	}
	made, err := quote(asked, r.Header["Baggage"])
	if refused, ok := err.(refusal); ok {
		send(w, refused.status, object{"error": refused.message})
	} else if err != nil {
		log.Print(err)
		send(w, 500, object{"error": "internal error"})
	} else {
		send(w, 200, made)
	}
}

func quote(asked any, baggage []string) (object, error) {
	fields, _ := asked.(object)
	list, _ := fields["items"].([]any)
	if len(list) == 0 {
		return nil, refusal{422, "a quote needs items"}
	}
	items, err := itemsOf(baggage)
	if err != nil {
		return nil, err
	}
	lines := []object{}
	netCents, weightGrams := 0, 0
	for _, each := range list {
		fields, _ := each.(object)
		item, found := items[fmt.Sprint(fields["sku"])]
		if !found {
			return nil, refusal{404, "no such item"}
		}
		quantity, err := quantityOf(fields)
		if err != nil {
			return nil, err
		}
		netCents += item.PriceCents * quantity
		weightGrams += item.WeightGrams * quantity
		lines = append(lines, object{
			"sku":         item.Sku,
			"quantity":    quantity,
			"unitCents":   item.PriceCents,
			"totalCents":  item.PriceCents * quantity,
			"weightGrams": item.WeightGrams * quantity,
		})
	}
	net := float64(netCents)
	taxCents := int(math.Round(net * taxRate))
	kilos := int(math.Ceil(float64(weightGrams) / 1000))
	shippingCents := shippingBaseCents + kilos*shippingPerKiloCents
	return object{
		"id":            uuid(),
		"lines":         lines,
		"netCents":      netCents,
		"taxCents":      taxCents,
		"shippingCents": shippingCents,
		"totalCents":    netCents + taxCents + shippingCents,
		"currency":      "EUR",
		"validUntil":    time.Now().UTC().Add(15 * time.Minute).Format("2006-01-02T15:04:05.000Z"),
	}, nil
}

func quantityOf(fields object) (int, error) {
	value, given := fields["quantity"]
	if !given {
		return 1, nil
	}
	number, ok := value.(float64)
	if !ok || number < 1 || number != math.Trunc(number) {
		return 0, refusal{422, "a quantity is a whole number from 1"}
	}
	return int(number), nil
}

// itemsOf asks the catalog. Baggage that came in goes out again with every call.
func itemsOf(baggage []string) (map[string]item, error) {
	unreachable := refusal{502, "/items is out of reach"}
	request, err := http.NewRequest("GET", os.Getenv("CATALOG_URL")+"/items", nil)
	if err != nil {
		return nil, err
	}
	if len(baggage) > 0 {
		request.Header["Baggage"] = baggage
	}
	response, err := catalog.Do(request)
	if err != nil {
		return nil, unreachable
	}
	defer response.Body.Close()
	var body struct {
		Items []item
		Error string
	}
	if json.NewDecoder(response.Body).Decode(&body) != nil {
		return nil, unreachable
	}
	if response.StatusCode >= 400 {
		return nil, refusal{response.StatusCode, body.Error}
	}
	items := map[string]item{}
	for _, each := range body.Items {
		items[each.Sku] = each
	}
	return items, nil
}

func send(w http.ResponseWriter, status int, body object) {
	text := bytes.Buffer{}
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.Encode(body)
	sum := sha1.Sum(text.Bytes())
	w.Header().Set("content-type", "application/json; charset=utf-8")
	w.Header().Set("content-length", fmt.Sprint(text.Len()))
	w.Header().Set("etag", `"`+base64.RawURLEncoding.EncodeToString(sum[:])+`"`)
	w.Header().Set("x-request-id", uuid())
	w.WriteHeader(status)
	w.Write(text.Bytes())
}

func uuid() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
